"""Hand-written cdk.out folders: stacks as templates, functions as source text."""

import hashlib
import io
import json
import zipfile

HOME, RECOVERY = "ap-south-1", "eu-west-1"
ACCOUNT = "123456789012"


class App:
    """Collects stacks, writes them as cdk.out, deploys them."""

    def __init__(self, folder):
        self.folder = folder
        self.stacks = {}
        self.files = {}
        self.source = {}
        self.outputs = 0

    def code(self, **modules):
        """A function's code, as the properties of Code: file names (without .py, __ for /) and their texts."""
        digest = hashlib.sha256(json.dumps(modules, sort_keys=True).encode()).hexdigest()
        self.source[digest] = {name.replace("__", "/") + ".py": text for name, text in modules.items()}
        return {"S3Bucket": f"cdk-hnb659fds-assets-{ACCOUNT}-{HOME}", "S3Key": f"{digest}.zip"}

    def stack(self, name, resources, region=HOME, **more):
        settings = {key: more.pop(key) for key in ("terminationProtection", "tags", "needs") if key in more}
        self.stacks[name] = (region, {"Resources": resources, **more}, settings)

    def write(self):
        self.outputs += 1
        out = self.folder / f"cdk.out.{self.outputs}"
        out.mkdir(parents=True)
        artifacts = {}
        for name, (region, template, settings) in self.stacks.items():
            (out / f"{name}.template.json").write_text(json.dumps(template))
            (out / f"{name}.assets.json").write_text(json.dumps({"files": self._assets(out, region)}))
            artifacts[f"{name}.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
            needs = settings.pop("needs", [])
            artifacts[name] = {
                "type": "aws:cloudformation:stack",
                "environment": f"aws://{ACCOUNT}/{region}",
                "properties": {"templateFile": f"{name}.template.json", **settings},
                "dependencies": [*needs, f"{name}.assets"],
            }
            settings["needs"] = needs
        (out / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
        return out

    def _assets(self, out, region):
        files = {}
        for digest, source in self.source.items():
            folder = out / f"asset.{digest}"
            for path, text in source.items():
                for parent in (folder / path).relative_to(folder).parents:
                    (folder / parent).mkdir(exist_ok=True, parents=True)
                    if str(parent) != ".":
                        (folder / parent / "__init__.py").touch()
                (folder / path).write_text(text)
            bucket = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
            destination = {"bucketName": bucket, "objectKey": f"{digest}.zip", "region": region}
            files[digest] = {"source": {"path": folder.name, "packaging": "zip"}, "destinations": {"here": destination}}
        return files


LOGGING = (["logs:CreateLogStream", "logs:PutLogEvents"], "*")


def role(*statements, service="lambda.amazonaws.com", logging=(LOGGING,)):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in (*statements, *logging)]
    policies = [{"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}] if allowed else []
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Policies": policies}}


def function(code, role, name, handler="main.handler", **properties):
    settings = {"FunctionName": name, "Code": code, "Role": att(role), "Handler": handler, "Runtime": "python3.13", **properties}
    return {"Type": "AWS::Lambda::Function", "Properties": settings}


def layer_zip(*packages):
    """A layer's content, with nothing in its packages."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in packages:
            archive.writestr(f"python/{name}/__init__.py", "")
    return content.getvalue()


def queue(name, **properties):
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def queue_policy(queue, service, source):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": att(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": queue}], "PolicyDocument": document}}


def att(name, attribute="Arn"):
    return {"Fn::GetAtt": [name, attribute]}
