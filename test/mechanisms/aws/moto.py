"""Makes something of each service in a moto, and prints what boto3 reads of it as JSON. Its argument is the URL."""

import json
import sys

import boto3

given = dict(
    endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="AK", aws_secret_access_key="SK"
)
ec2, ecs, rds = (boto3.client(name, **given) for name in ("ec2", "ecs", "rds"))

subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
image = ec2.describe_images()["Images"][0]["ImageId"]
network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}

ecs.create_cluster(clusterName="web", tags=[{"key": "team", "value": "a & b"}])
ecs.create_cluster(clusterName="empty")
container = {"name": "a", "image": "x", "memory": 64, "portMappings": [{"containerPort": 80}]}
for family, mode in (("own", "awsvpc"), ("shared", "bridge")):
    ecs.register_task_definition(
        family=family, networkMode=mode, cpu="256", memory="512", containerDefinitions=[container]
    )
ecs.run_task(
    cluster="web", taskDefinition="own", launchType="FARGATE", count=2, networkConfiguration=network,
    tags=[{"key": "kind", "value": "task"}],
)
machine = ec2.run_instances(
    ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=subnet,
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "host"}]}],
)["Instances"][0]["InstanceId"]
document = {"instanceId": machine, "region": "eu-west-1", "instanceType": "t3.micro", "accountId": "123456789012"}
ecs.register_container_instance(cluster="web", instanceIdentityDocument=json.dumps(document))
ecs.run_task(cluster="web", taskDefinition="shared", launchType="EC2", count=1)

rds.create_db_cluster(
    DBClusterIdentifier="shop", Engine="aurora-mysql", MasterUsername="u", MasterUserPassword="password1",
    Tags=[{"Key": "team", "Value": "a & b"}],
)
for name in ("shop-1", "shop-2"):
    rds.create_db_instance(
        DBInstanceIdentifier=name, DBInstanceClass="db.t3.medium", Engine="aurora-mysql", DBClusterIdentifier="shop"
    )
rds.create_db_instance(
    DBInstanceIdentifier="lonely", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20,
    MasterUsername="u", MasterUserPassword="password1",
)

tasks = ecs.describe_tasks(
    cluster="web", tasks=ecs.list_tasks(cluster="web")["taskArns"], include=["TAGS"]
)["tasks"]
read = {
    "tasks": tasks,
    "machine": ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0],
    "cluster": rds.describe_db_clusters()["DBClusters"][0],
    "instances": rds.describe_db_instances()["DBInstances"],
}
print(json.dumps(read, default=lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ")))
