"""Planning a run of retiring: everything is seen, judged and limited; then what is about to step is asked about."""

from collections.abc import Callable, Iterator, Sequence

from functions.aws import clients
from functions.aws.binned import Binned
from functions.aws.holdings import Holdings, look
from functions.aws.rails import Rails
from functions.core.config import Config
from functions.core.retire import judge, limits
from functions.core.retire.plan import Plan
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import orphans
from functions.core.values import Snapshot


def make(config: Config, tell: Callable[[str], None] = lambda _: None) -> Plan:
    """The plan of a run that starts now; `tell` hears what is being asked. Changes nothing. Raises what boto3 raises at home."""
    tell("what the regions hold")
    holdings = look(config, clients.ec2)
    verdicts = limits.within_half(judge(config, holdings.seen))
    most = limits.most(config, holdings.seen)
    over = limits.over(verdicts, most)
    left = tuple(orphans(config, holdings.seen, holdings.snapshots))
    for region in holdings.seen.images:
        tell(f"what holds the images of {region} that are about to step")
        verdicts = _asked_about(config, region, verdicts, holdings)
    covered = tuple(_covered(config, left, holdings))
    return Plan(config.home_region, holdings.seen.now, tuple(verdicts), covered, over, most, holdings.unseen)


def _asked_about(config: Config, region: str, verdicts: Sequence[Verdict], holdings: Holdings) -> list[Verdict]:
    stepping = [verdict for verdict in verdicts if verdict.step is not None and verdict.image.region == region]
    rails = Rails(clients.ec2(region), Binned(config, region, holdings.snapshots[region], holdings.seen.now), stepping)
    ids = {verdict.image.image_id for verdict in stepping}
    return [verdict.held_by(rails.refusal(verdict)) if verdict.image.image_id in ids else verdict for verdict in verdicts]


def _covered(config: Config, left: Sequence[tuple[str, Snapshot]], holdings: Holdings) -> Iterator[tuple[str, Snapshot]]:
    """The orphans that the bin would keep."""
    binned = {region: Binned(config, region, holdings.snapshots[region], holdings.seen.now) for region, _ in left}
    return ((region, orphan) for region, orphan in left if binned[region].cover_snapshot(orphan).until is not None)
