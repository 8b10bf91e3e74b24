#!/bin/sh
# Makes the certificates of the TLS tests anew: two authorities, a server and a client of each.
# They are kept in the repository so that the tests need no openssl; they protect nothing.
set -eu
cd "$(dirname "$0")"
days=36500
for n in 1 2; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -sha256 \
    -keyout "ca$n.key" -out "ca$n.pem" -subj "/CN=muster test authority $n"
  for who in server client; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
      -keyout "$who$n.key" -out "$who.csr" -subj "/CN=$who $n"
    if [ $who = server ]; then
      names="DNS:localhost,DNS:*.muster.test,IP:127.0.0.1,IP:::1"
      use=serverAuth
    else
      names="DNS:client$n.muster.test,email:client$n@muster.test,URI:spiffe://muster.test/client$n"
      use=clientAuth
    fi
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$names" "$use" > ext
    openssl x509 -req -in "$who.csr" -CA "ca$n.pem" -CAkey "ca$n.key" -CAcreateserial -sha256 \
      -days $days -extfile ext -out "$who$n.pem"
  done
done
rm -f ./*.csr ./*.srl ext ca1.key ca2.key
