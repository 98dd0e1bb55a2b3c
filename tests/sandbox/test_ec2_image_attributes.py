"""EC2 API reference: ModifyImageAttribute, ResetImageAttribute, DescribeImageAttribute; sharing, block public access, ExecutableUsers."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.facts("1.10")

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
USER, OTHER = "210987654321", "111111111111"
ALL = {"LaunchPermission": {"Add": [{"Group": "all"}]}}
ORGANIZATION = "arn:aws:organizations::210987654321:organization/o-abcdefghij"
UNIT = "arn:aws:organizations::210987654321:ou/o-abcdefghij/ou-ab12-abcdefgh"


def permissions(client, image):
    return client.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"]


def added(**grantee):
    return {"LaunchPermission": {"Add": [grantee]}}


@pytest.fixture
def encrypted(sandbox, recovery, take, copy):
    """A copy under the key that the parameters name."""

    def encrypted(**parameters):
        image = copy(take(), Encrypted=True, **parameters)
        sandbox.clock.run_for(HOUR)
        return image

    return encrypted


def test_whom_an_image_can_be_shared_with(home, take):
    image = take()
    for grantee in ({"UserId": USER}, {"OrganizationArn": ORGANIZATION}, {"OrganizationalUnitArn": UNIT}):
        home.modify_image_attribute(ImageId=image, **added(**grantee))
    flat = {"Attribute": "launchPermission", "OperationType": "remove", "UserIds": [USER], "OrganizationArns": [ORGANIZATION]}
    home.modify_image_attribute(ImageId=image, **flat)
    assert permissions(home, image) == [{"OrganizationalUnitArn": UNIT}]
    home.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    assert permissions(home, image) == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "InvalidParameterCombination"),
        ({"Attribute": "launchPermission"}, "MissingParameter"),
        ({"Attribute": "launchPermission", "UserIds": [USER]}, "MissingParameter"),
        ({"LaunchPermission": {"Add": []}}, "InvalidParameterCombination"),
        ({"Attribute": "description"}, "MissingParameter"),
        ({"Attribute": "productCodes", "Value": "code"}, "InvalidParameterValue"),
        ({"Attribute": "description", "Value": "x" * 256}, "InvalidParameterValue"),
        ({"Attribute": "description", **added(UserId=USER)}, "InvalidParameterCombination"),
        ({"Description": {"Value": "a"}, "ImdsSupport": {"Value": "v2.0"}}, "InvalidParameterCombination"),
        ({"ImdsSupport": {"Value": "v1.0"}}, "InvalidParameterValue"),
        (added(UserId="mine"), "InvalidAMIAttributeItemValue"),
        (added(UserId="1234567890123"), "InvalidAMIAttributeItemValue"),
        (added(OrganizationArn="arn:aws:organizations::1:organization/mine"), "InvalidAMIAttributeItemValue"),
        (added(OrganizationalUnitArn=ORGANIZATION), "InvalidAMIAttributeItemValue"),
        (added(UserId=USER, Group="all"), "InvalidAMIAttributeItemValue"),
        ({"LaunchPermission": {"Add": [{"UserId": f"{number:012}"} for number in range(10_001)]}}, "InvalidParameterValue"),
    ],
)
def test_changes_that_are_refused(home, take, refused, parameters, code):
    image = take()
    with refused(code):
        home.modify_image_attribute(ImageId=image, **parameters)
    assert permissions(home, image) == []


@pytest.mark.facts("1.6")
def test_only_an_available_image_can_be_shared(home, take, launch, refused):
    disabled = take()
    home.disable_image(ImageId=disabled)
    for image in (disabled, home.create_image(InstanceId=launch(), Name="pending")["ImageId"]):
        with refused("IncorrectState"):
            home.modify_image_attribute(ImageId=image, **added(UserId=USER))


def test_an_image_under_the_default_key_cannot_be_shared(recovery, encrypted, refused):
    with refused("InvalidParameter"):
        recovery.modify_image_attribute(ImageId=encrypted(), **added(UserId=USER))


def test_an_image_under_a_key_of_ones_own_can_be_shared_but_not_with_all(sandbox, recovery, encrypted, refused):
    image = encrypted(KmsKeyId=sandbox.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"])
    recovery.modify_image_attribute(ImageId=image, **added(UserId=USER))
    recovery.disable_image_block_public_access()
    with refused("OperationNotPermitted"):
        recovery.modify_image_attribute(ImageId=image, **ALL)


def test_imds_v2_cannot_be_undone(home, take, image_of, refused):
    image = take()
    home.modify_image_attribute(ImageId=image, Attribute="imdsSupport", Value="v2.0")
    assert image_of(home, image)["ImdsSupport"] == "v2.0"
    with refused("InvalidParameterValue"):
        home.modify_image_attribute(ImageId=image, ImdsSupport={"Value": ""})


@pytest.mark.parametrize(
    ("attribute", "name", "value"),
    [
        ("bootMode", "BootMode", {}),
        ("deregistrationProtection", "DeregistrationProtection", {"Value": "disabled"}),
        ("description", "Description", {"Value": "the site"}),
        ("imdsSupport", "ImdsSupport", {"Value": "v2.0"}),
        ("kernel", "KernelId", {}),
        ("lastLaunchedTime", "LastLaunchedTime", {}),
        ("launchPermission", "LaunchPermissions", []),
        ("productCodes", "ProductCodes", []),
        ("ramdisk", "RamdiskId", {}),
        ("sriovNetSupport", "SriovNetSupport", {}),
        ("tpmSupport", "TpmSupport", {}),
        ("uefiData", "UefiData", {}),
    ],
)
def test_every_attribute_can_be_described(home, take, attribute, name, value):
    image = take(Description="the site")
    home.modify_image_attribute(ImageId=image, ImdsSupport={"Value": "v2.0"})
    answer = home.describe_image_attribute(ImageId=image, Attribute=attribute)
    assert (answer["ImageId"], answer[name]) == (image, value)


def test_the_devices_are_described_by_describe_images_only(home, take, refused):
    with refused("AuthFailure"):
        home.describe_image_attribute(ImageId=take(), Attribute="blockDeviceMapping")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("deregister_image", {}),
        ("disable_image", {}),
        ("modify_image_attribute", {"Description": {"Value": "mine"}}),
        ("describe_image_attribute", {"Attribute": "launchPermission"}),
        ("enable_image_deregistration_protection", {}),
    ],
)
def test_somebody_elses_image_stays_as_it_is(home, refused, operation, parameters):
    with refused("AuthFailure"):
        getattr(home, operation)(ImageId="ami-0linux", **parameters)


@pytest.mark.facts("1.11")
def test_executable_users_have_explicit_permission(home, take):
    shared, mine, public, _ = (take(name) for name in ("shared", "mine", "public", "private"))
    home.modify_image_attribute(ImageId=shared, **added(UserId=USER))
    home.modify_image_attribute(ImageId=mine, **added(UserId="123456789012"))
    home.disable_image_block_public_access()
    home.modify_image_attribute(ImageId=public, **ALL)

    def by(*users, **parameters):
        return [each["ImageId"] for each in home.describe_images(ExecutableUsers=users, **parameters)["Images"]]

    assert by(USER) == [shared]
    assert by("self") == [mine]
    assert by("all", Owners=["self"]) == [public]
    assert "ami-0linux" in by("all")
    assert by(USER, "self", Owners=["self"]) == [shared, mine]


@pytest.mark.facts("1.13")
def test_images_cannot_be_made_public_until_that_is_allowed(sandbox, home, recovery, take, refused):
    """Block public access for AMIs is on in a new account; switched on again, it holds ten minutes later."""
    image = take()

    def state(client=home):
        return client.get_image_block_public_access_state()["ImageBlockPublicAccessState"]

    assert state() == "block-new-sharing"
    with refused("OperationNotPermitted"):
        home.modify_image_attribute(ImageId=image, **ALL)
    home.disable_image_block_public_access()
    assert (state(), state(recovery)) == ("unblocked", "block-new-sharing")
    home.modify_image_attribute(ImageId=image, **ALL)
    answer = home.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    assert (answer["ImageBlockPublicAccessState"], state()) == ("block-new-sharing", "unblocked")
    sandbox.clock.run_for(10 * MINUTE)
    assert state() == "block-new-sharing"
    assert permissions(home, image) == [{"Group": "all"}]


@pytest.mark.facts("1.13")
def test_allowing_it_again_meanwhile_stands(sandbox, home):
    home.disable_image_block_public_access()
    home.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    home.disable_image_block_public_access()
    sandbox.clock.run_for(10 * MINUTE)
    assert home.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "unblocked"


@pytest.mark.facts("1.13")
@pytest.mark.parametrize("mode", ["block-all-sharing", "block-new-sharing"])
def test_snapshots_cannot_be_made_public_while_that_is_blocked(home, take, image_of, refused, mode):
    snapshot = image_of(home, take())["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert home.get_snapshot_block_public_access_state()["State"] == "unblocked"
    assert home.enable_snapshot_block_public_access(State=mode)["State"] == mode
    with refused("OperationNotPermitted"):
        home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"Group": "all"}]})
    home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": USER}]})
    home.disable_snapshot_block_public_access()
    home.modify_snapshot_attribute(SnapshotId=snapshot, CreateVolumePermission={"Add": [{"Group": "all"}]})


@pytest.mark.facts("1.7")
def test_deprecation_of_public_and_unfinished_images(sandbox, home, take, launch, refused):
    image, pending = take(), home.create_image(InstanceId=launch(), Name="pending")["ImageId"]
    with refused("InvalidAMIID.Unavailable"):
        home.enable_image_deprecation(ImageId=pending, DeprecateAt=sandbox.clock.now() + HOUR)
    in_three_years = sandbox.clock.now() + timedelta(days=3 * 365)
    home.enable_image_deprecation(ImageId=image, DeprecateAt=in_three_years)
    home.disable_image_block_public_access()
    home.modify_image_attribute(ImageId=image, **ALL)
    with refused("InvalidParameterValue"):
        home.enable_image_deprecation(ImageId=image, DeprecateAt=in_three_years)


@pytest.mark.facts("1.7")
def test_others_deprecated_images_are_shown_on_demand(home):
    def amazons(**parameters):
        return {each["ImageId"] for each in home.describe_images(Owners=["amazon"], **parameters)["Images"]}

    assert amazons(IncludeDeprecated=True) - amazons() == {"ami-0deprecated"}


@pytest.mark.facts("1.8")
def test_protection_is_for_images_that_are_made(home, launch, refused):
    with refused("InvalidAMIID.Unavailable"):
        home.enable_image_deregistration_protection(ImageId=home.create_image(InstanceId=launch(), Name="pending")["ImageId"])


@pytest.mark.facts("1.8")
def test_what_protection_answers(home, take):
    image = take()
    assert home.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)["Return"] == "enabled-with-cooldown"
    assert home.disable_image_deregistration_protection(ImageId=image)["Return"] == "disabled after 2027-03-02T14:01:00.000Z"


@pytest.mark.facts("1.6")
def test_only_available_images_are_disabled_and_only_disabled_ones_enabled(sandbox, home, take, launch, refused):
    image, pending = take(), home.create_image(InstanceId=launch(), Name="pending")["ImageId"]
    for operation, each in ((home.disable_image, pending), (home.enable_image, image)):
        with refused("IncorrectState"):
            operation(ImageId=each)
    home.disable_image(ImageId=image)
    with refused("IncorrectState"):
        home.disable_image(ImageId=image)


@pytest.mark.facts("1.10")
def test_a_snapshots_permissions_are_reset(home, take):
    image = take()
    [snapshot] = [each["Ebs"]["SnapshotId"] for each in home.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"]]
    home.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", UserIds=["111122223333"])
    home.reset_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    shown = home.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert shown["CreateVolumePermissions"] == []
