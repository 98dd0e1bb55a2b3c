"""What is in a batch of a worker's together: one order does not undo another, and one image does not keep the others."""

import pytest

from tests.stories.retiring import RETIRING, arm, days, history, only_retire, send_hold, send_step
from tests.stories.world import HOME


@pytest.fixture
def past(world):
    """A World in which nothing but retiring runs, its bin in order, and so many instances with three nights each; of each the first is stale."""

    def build(count=1, configuration=RETIRING):
        story = world(configuration)
        arm(story)
        only_retire(story)
        fleet = story.launch(count)
        return story, fleet, history(story, fleet, 3)

    return build


@pytest.mark.parametrize("hold_first", [True, False])
def test_an_image_that_is_held_in_the_same_batch_takes_no_step(past, hold_first):
    story, [instance], made = past()
    first = made[0][instance, HOME]
    orders = [lambda: send_hold(story, first, instance), lambda: send_step(story, first, "disable", instance)]
    for order in orders if hold_first else reversed(orders):
        order()
    story.until(11)
    assert len({record["function_request_id"] for record in story.records(resource_id=first)}) == 1
    assert [record["reason"] for record in story.records("image.disable", resource_id=first)] == ["held"]
    assert days(story)["01"] == "available"
    [shown] = story.images(image_id=first)
    assert "nightkeep:disabled-at" not in {tag["Key"] for tag in shown["Tags"]}
