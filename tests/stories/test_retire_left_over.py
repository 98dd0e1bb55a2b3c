"""What becomes of what is left over: shared snapshots, snapshots that could not be deleted, wrecks and orphans."""

from dataclasses import replace

from sandbox.gateway import ApiError
from tests.stories.retiring import RETIRING, days, history, in_bin, opt_out, orphan, retire
from tests.stories.world import HOME


def test_an_image_that_two_share_leaves_its_snapshot_until_the_last_one_goes(past):
    story, [instance], made = past(configuration=f'{RETIRING}\n[recycle_bin]\nretain = "8 days"\n')
    opt_out(story, [instance])
    store = story.sandbox.ec2.store.region(HOME)  # RegisterImage is what does this, and the sandbox has none
    image = store.images[made[0][instance, HOME]]
    store.add_image(replace(image, id="ami-0theirs", name="theirs"))
    [snapshot] = image.snapshot_ids()
    story.until(13, days=1)
    [record] = story.records("image.deregister", region=HOME, status="done")
    assert record["detail"]["snapshots"] == {snapshot: "skipped"}
    story.until(13, days=8)
    assert story.records("snapshot.delete", resource_id=snapshot)[-1]["reason"] == "referenced"
    assert snapshot in store.snapshots
    story.ec2().deregister_image(ImageId="ami-0theirs")
    story.until(13)
    assert [record["resource_id"] for record in story.records("snapshot.delete", status="done")] == [snapshot]


def test_a_snapshot_that_could_not_be_deleted_is_reported_found_again_and_deleted_once_its_image_has_left_the_bin(past):
    story, fleet, _ = past(configuration=f'{RETIRING}\n[recycle_bin]\nretain = "8 days"\n')
    story.sandbox.ec2.permit = refusing(story.sandbox.ec2.permit)
    opt_out(story, fleet)
    story.until(13, days=1)
    [left] = story.records("snapshot.delete", status="failed")
    assert (left["reason"], left["error_code"]) == ("snapshots_left", "missing-permissions")
    assert story.records("image.deregister", region=left["region"], status="done")[0]["detail"]["snapshots"] == {
        left["resource_id"]: "missing-permissions"
    }
    story.until(13, days=7)
    why = [record["reason"] for record in story.records("snapshot.delete", status="skipped")]
    assert why == ["orphan"] * 7 + ["image_in_bin"]
    story.until(13)
    [gone] = story.records("snapshot.delete", status="done")
    assert gone["resource_id"] == left["resource_id"]


def refusing(permit):
    """Refuses to delete the first snapshot."""
    once = iter([True])

    def permit_others(request):
        if request.operation == "DeleteSnapshot" and next(once, False):
            raise ApiError("UnauthorizedOperation", "Not this one.", 403)
        permit(request)

    return permit_others


def test_wrecks_are_reported_when_their_night_is_over_and_then_deregistered(past):
    story, [instance], _ = past(nights=1)
    failing = iter([True])
    story.sandbox.faults.fail_image(lambda image: next(failing, False))
    history(story, [instance], 1, regions=())
    retire(story)
    opt_out(story, [instance])
    story.until(13)
    assert days(story)["02"] == "failed"
    [reported] = story.records("image.retire")
    assert (reported["reason"], reported["detail"]) == ("wreck", {"due": "2027-03-04T00:00:00+00:00"})
    story.until(13)
    assert "02" not in days(story)
    [record] = story.records("image.deregister", status="done")
    assert record["reason"] == "wreck"
    assert record["detail"]["recoverable_until"]


def test_orphans_are_reported_at_once_and_deleted_when_they_were_seen_for_a_week_and_would_be_kept(past):
    story, [instance], _ = past(nights=1)
    left = orphan(story, instance)
    story.until(13, days=6)
    waiting = story.records("snapshot.delete", resource_id=left)
    assert [(record["status"], record["reason"]) for record in waiting] == [("skipped", "orphan")] * 7
    assert {record["detail"]["due"] for record in waiting} == {"2027-03-08T12:00:00+00:00"}
    story.until(13)
    assert story.records("snapshot.delete")[-1]["reason"] == "backup_overdue"  # nothing goes while nights fail
    opt_out(story, [instance])
    story.sandbox.faults.refuse("ec2", "ListImagesInRecycleBin", HOME, "UnauthorizedOperation", status=403)
    story.until(13)
    unsure = story.records("snapshot.delete")[-1]
    assert (unsure["reason"], unsure["detail"]) == ("image_in_bin", {"images": ["not known: UnauthorizedOperation"]})
    story.sandbox.faults.clear()
    story.until(13)
    [record] = story.records("snapshot.delete", status="done")
    assert (record["reason"], record["resource_id"]) == ("orphan", left)
    assert in_bin(story)[1] == 1
