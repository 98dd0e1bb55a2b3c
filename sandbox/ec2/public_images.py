"""Amazon's public images and their snapshots, there in every region: enough to launch from."""

from datetime import UTC, datetime

from sandbox.ec2.records import GIB, Image, Mapping, Snapshot

AMAZON = "137112412989"
PUBLISHED = datetime(2026, 1, 15, tzinfo=UTC)
DEPRECATED = datetime(2026, 12, 1, tzinfo=UTC)
WRITTEN_SHARE = 0.4


def _image(ami: str, name: str, device: str, size: int, platform: str | None = None) -> Image:
    store = device == ""
    mappings = [Mapping("/dev/sdb", virtual_name="ephemeral0")] if store else [Mapping(device, f"snap-{ami[4:]}", size)]
    return Image(
        id=ami,
        name=name,
        owner=AMAZON,
        alias="amazon",
        created=PUBLISHED,
        visible=PUBLISHED,
        description=name,
        architecture="x86_64",
        root_device=device or "/dev/sda1",
        root_type="instance-store" if store else "ebs",
        mappings=mappings,
        platform=platform,
        state="available",
        permissions=[{"Group": "all"}],
        deprecated=DEPRECATED if ami == "ami-0deprecated" else None,
    )


def _snapshot(mapping: Mapping) -> Snapshot:
    key, size = mapping.snapshot_id or "", mapping.size or 0
    return Snapshot(
        id=key,
        owner=AMAZON,
        volume_id="vol-ffffffff",
        origin=key,
        size=size,
        description="",
        started=PUBLISHED,
        full_bytes=int(size * GIB * WRITTEN_SHARE),
        key=None,
        state="completed",
        completed=PUBLISHED,
        permissions=[{"Group": "all"}],
    )


PUBLIC_IMAGES = {
    image.id: image
    for image in (
        _image("ami-0linux", "al2023-ami-2023.9.20260115.0-kernel-6.12-x86_64", "/dev/xvda", 8),
        _image("ami-0deprecated", "al2023-ami-2023.6.20241121.0-kernel-6.1-x86_64", "/dev/xvda", 8),
        _image("ami-0windows", "Windows_Server-2025-English-Full-Base-2026.01.14", "/dev/sda1", 30, "windows"),
        _image("ami-0instancestore", "amzn-ami-hvm-2018.03.0.20230404.0-x86_64-s3", "", 0),
    )
}
PUBLIC_SNAPSHOTS = {
    mapping.snapshot_id: _snapshot(mapping) for image in PUBLIC_IMAGES.values() for mapping in image.mappings if mapping.snapshot_id
}
