"""EC2 user guide: Identify your resources referencing specified AMIs. EC2 API reference: DescribeImageReferences."""

import json
from datetime import timedelta

import pytest

from sandbox.gateway import ApiError, Caller

pytestmark = pytest.mark.facts("1.12")

HOME = "ap-south-1"
INSTANCE, TEMPLATE, PARAMETER = "ec2:Instance", "ec2:LaunchTemplate", "ssm:Parameter"
READS = [
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeLaunchTemplateVersions",
    "ssm:DescribeParameters",
    "ssm:GetParameters",
    "imagebuilder:ListImageRecipes",
    "imagebuilder:ListContainerRecipes",
    "imagebuilder:GetContainerRecipe",
]


def users(client, image, **parameters):
    """What refers to an image: (type, what the ARN ends with)."""
    found = client.describe_image_references(ImageIds=[image], **(parameters or {"IncludeAllResourceTypes": True}))["ImageReferences"]
    assert {each["ImageId"] for each in found} <= {image}
    return [(each["ResourceType"], each["Arn"].split(":", 5)[5]) for each in found]


def of(kind, option=None, *values):
    options = [{"OptionName": option, "OptionValues": list(values)}] if option else []
    return {"ResourceTypes": [{"ResourceType": kind, "ResourceTypeOptions": options}]}


@pytest.fixture
def template(home):
    """A launch template whose versions start these images, oldest first; its id."""

    def template(*images, name="web"):
        made = home.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": images[0]})["LaunchTemplate"]
        for image in images[1:]:
            home.create_launch_template_version(LaunchTemplateId=made["LaunchTemplateId"], LaunchTemplateData={"ImageId": image})
        return made["LaunchTemplateId"]

    return template


def test_an_image_of_nobodys_use(home, take):
    assert users(home, take()) == []


def test_instances_templates_and_parameters_refer_to_an_image(sandbox, home, launch, take, template):
    image = take()
    instance, used = launch(image), template(image)
    ssm = sandbox.client("ssm", HOME)
    ssm.put_parameter(Name="/golden/ami", Value=image, Type="String", DataType="aws:ec2:image")
    assert users(home, image) == [
        (INSTANCE, f"instance/{instance}"),
        (TEMPLATE, f"launch-template/{used}"),
        (PARAMETER, "parameter/golden/ami"),
    ]
    assert home.describe_image_references(ImageIds=[image], IncludeAllResourceTypes=True)["ImageReferences"][0]["Arn"].startswith(
        "arn:aws:ec2:ap-south-1:123456789012:"
    )


def test_terminated_instances_count_by_default(sandbox, home, launch):
    instance = launch()
    home.terminate_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert users(home, "ami-0linux") == [(INSTANCE, f"instance/{instance}")]
    assert users(home, "ami-0linux", **of(INSTANCE, "state-name", "running", "stopped")) == []


def test_options_narrow_what_all_types_are_looked_at_with(sandbox, home, launch, template):
    launch()
    used = template("ami-0linux")
    narrowed = of(INSTANCE, "state-name", "stopped")
    assert users(home, "ami-0linux", IncludeAllResourceTypes=True, **narrowed) == [(TEMPLATE, f"launch-template/{used}")]


@pytest.mark.parametrize(
    ("newer", "depth", "seen"), [(9, None, True), (10, None, False), (10, "11", True), (10, "10000", True), (2, "2", False)]
)
def test_only_the_newest_versions_of_a_template_are_looked_at(home, template, newer, depth, seen):
    template("ami-0linux", *["ami-0windows"] * newer)
    wanted = of(TEMPLATE, "version-depth", depth) if depth else of(TEMPLATE)
    assert bool(users(home, "ami-0linux", **wanted)) is seen


def test_a_template_is_named_once_however_many_versions_use_the_image(home, template):
    template("ami-0linux", "ami-0windows", "ami-0linux")
    assert len(users(home, "ami-0linux", **of(TEMPLATE))) == 1


def test_a_template_that_names_a_parameter_does_not_count_but_the_parameter_does(sandbox, home, template):
    template("resolve:ssm:/golden")
    sandbox.client("ssm", HOME).put_parameter(Name="/golden", Value="ami-0linux", Type="String", DataType="aws:ec2:image")
    assert users(home, "ami-0linux") == [(PARAMETER, "parameter/golden")]


def test_parameters_count_by_data_type_and_latest_version(sandbox, home):
    ssm = sandbox.client("ssm", HOME)
    ssm.put_parameter(Name="text", Value="ami-0linux", Type="String")
    ssm.put_parameter(Name="moved", Value="ami-0linux", Type="String", DataType="aws:ec2:image")
    ssm.put_parameter(Name="moved", Value="ami-0windows", Type="String", DataType="aws:ec2:image", Overwrite=True)
    assert users(home, "ami-0linux") == []
    assert users(home, "ami-0windows") == [(PARAMETER, "parameter/moved")]


def test_other_regions_are_not_looked_at(recovery, launch):
    launch()
    assert users(recovery, "ami-0linux") == []


def test_a_deregistered_image_still_has_users(sandbox, home, launch, take):
    image = take()
    instance = launch(image)
    home.deregister_image(ImageId=image)
    assert users(home, image) == [(INSTANCE, f"instance/{instance}")]


def test_pages(home):
    home.run_instances(ImageId="ami-0linux", MinCount=12, MaxCount=12)
    pages = home.get_paginator("describe_image_references").paginate(
        ImageIds=["ami-0linux", "ami-0windows"], IncludeAllResourceTypes=True, PaginationConfig={"PageSize": 5}
    )
    found = [[each["Arn"] for each in page["ImageReferences"]] for page in pages]
    assert [len(page) for page in found] == [5, 5, 2]
    assert len({arn for page in found for arn in page}) == 12


WRONG = [
    ({}, "MissingParameter"),
    ({"ImageIds": [f"ami-{number:017x}" for number in range(11)]}, "InvalidParameterValue"),
    ({"ImageIds": ["web"], "IncludeAllResourceTypes": True}, "InvalidAMIID.Malformed"),
    ({"IncludeAllResourceTypes": True, "MaxResults": 4}, "InvalidParameterValue"),
    (of("ec2:Volume"), "InvalidParameterValue"),
    (of(INSTANCE, "version-depth", "1"), "InvalidParameterValue"),
    (of(INSTANCE, "state-name", "asleep"), "InvalidParameterValue"),
    (of(TEMPLATE, "version-depth", "0"), "InvalidParameterValue"),
    (of(TEMPLATE, "version-depth", "10001"), "InvalidParameterValue"),
    (of(TEMPLATE, "version-depth", "1", "2"), "InvalidParameterValue"),
    (of(PARAMETER, "state-name", "running"), "InvalidParameterValue"),
]


def test_what_is_wrong_is_told(sandbox):
    for wrong, code in WRONG:
        with pytest.raises(ApiError) as caught:
            sandbox.gateway.call("ec2", "DescribeImageReferences", HOME, {"ImageIds": ["ami-0linux"], **wrong})
        assert caught.value.code == code, wrong


@pytest.fixture
def role_with(sandbox):
    """A role that may describe references, and read what they are in under a condition; as a caller."""
    iam = sandbox.client("iam", "us-east-1")
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    def role_with(reads, condition):
        statements = [
            {"Effect": "Allow", "Action": "ec2:DescribeImageReferences", "Resource": "*"},
            {"Effect": "Allow", "Action": reads, "Resource": "*", "Condition": condition},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName="reader", PolicyName="reads", PolicyDocument=policy)
        return Caller("reader", arn)

    return role_with


VIA_IMAGES = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["ec2-images.amazonaws.com"]}}


def ask(sandbox, caller, **parameters):
    asked = {"ImageIds": ["ami-0linux"], "IncludeAllResourceTypes": True, **parameters}
    return sandbox.gateway.call("ec2", "DescribeImageReferences", HOME, asked, caller)


@pytest.mark.facts("5.2")
def test_the_eight_reads_suffice_under_called_via(sandbox, role_with):
    assert ask(sandbox, role_with(READS, VIA_IMAGES))["ImageReferences"] == []


@pytest.mark.facts("5.2")
def test_reads_for_called_via_are_no_reads_by_oneself(sandbox, role_with):
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("ec2", "DescribeInstances", HOME, {}, role_with(READS, VIA_IMAGES))
    assert caught.value.code == "UnauthorizedOperation"


@pytest.mark.facts("5.2")
def test_each_of_the_eight_reads_is_needed_also_in_a_dry_run(sandbox, role_with):
    for missing in READS:
        caller = role_with([read for read in READS if read != missing], VIA_IMAGES)
        for parameters in ({}, {"DryRun": True}):
            with pytest.raises(ApiError, match=f"perform: {missing} ") as caught:
                ask(sandbox, caller, **parameters)
            assert caught.value.code == "UnauthorizedOperation"


@pytest.mark.facts("5.2")
def test_awss_own_policy_suffices(sandbox):
    iam = sandbox.client("iam", "us-east-1")
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ImageReferencesAccessPolicy")
    assert ask(sandbox, Caller("reader", arn))["ImageReferences"] == []


def test_recipes_of_image_builder_count(sandbox, home, refused):
    builder = sandbox.client("imagebuilder", HOME)
    golden = {"name": "Golden Image", "semanticVersion": "1.0.0", "parentImage": "ami-0linux"}
    web = {
        "name": "web",
        "semanticVersion": "1.0.0",
        "containerType": "DOCKER",
        "parentImage": "amazonlinux:latest",
        "targetRepository": {"service": "ECR", "repositoryName": "web"},
        "instanceConfiguration": {"image": "ami-0linux"},
    }
    image, container = builder.create_image_recipe(**golden)["imageRecipeArn"], builder.create_container_recipe(**web)["containerRecipeArn"]
    assert (image.rpartition(":")[2], container.rpartition(":")[2]) == ("image-recipe/golden-image/1.0.0", "container-recipe/web/1.0.0")
    with refused("ResourceAlreadyExistsException"):
        builder.create_image_recipe(**golden)
    uses = [("imagebuilder:ImageRecipe", "image-recipe/golden-image/1.0.0"), ("imagebuilder:ContainerRecipe", "container-recipe/web/1.0.0")]
    assert users(home, "ami-0linux") == uses
    assert users(home, "ami-0linux", **of("imagebuilder:ContainerRecipe")) == uses[1:]
    assert [one["parentImage"] for one in builder.list_image_recipes()["imageRecipeSummaryList"]] == ["ami-0linux"]
    assert [one["instanceImage"] for one in builder.list_container_recipes(owner="Self")["containerRecipeSummaryList"]] == ["ami-0linux"]
    assert builder.list_image_recipes(owner="Amazon")["imageRecipeSummaryList"] == []
    builder.delete_image_recipe(imageRecipeArn=image)
    builder.delete_container_recipe(containerRecipeArn=container)
    assert users(home, "ami-0linux") == []
    with refused("InvalidRequestException"):
        builder.delete_image_recipe(imageRecipeArn=image)
