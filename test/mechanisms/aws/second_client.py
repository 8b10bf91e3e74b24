"""Prints what boto3 reads of an ElastiCache and an MSK as JSON. Its argument is the URL of both."""

import json
import sys

import boto3

given = dict(
    endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="AK", aws_secret_access_key="SK"
)
elasticache, kafka = (boto3.client(name, **given) for name in ("elasticache", "kafka"))


def every(client, action, member, **parameters):
    pages = client.get_paginator(action).paginate(**parameters)
    return [one for page in pages for one in page.get(member, [])]


def with_tags(resources):
    for one in resources:
        tags = elasticache.list_tags_for_resource(ResourceName=one["ARN"])["TagList"] if "ARN" in one else []
        one["Tags"] = {tag["Key"]: tag["Value"] for tag in tags if "Key" in tag and "Value" in tag}
    return resources


def with_nodes(clusters):
    # The fake takes no notice of the filter.
    clusters = [one for one in clusters if one["ClusterType"] == "PROVISIONED"]
    for one in clusters:
        one["Nodes"] = every(kafka, "list_nodes", "NodeInfoList", ClusterArn=one["ClusterArn"])
    return clusters


read = {
    "serverless": with_tags(every(elasticache, "describe_serverless_caches", "ServerlessCaches")),
    "clusters": with_tags(every(elasticache, "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True)),
    "brokers": with_nodes(every(kafka, "list_clusters_v2", "ClusterInfoList", ClusterTypeFilter="PROVISIONED")),
}
print(json.dumps(read, default=lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ")))
