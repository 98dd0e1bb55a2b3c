"""The filters of DescribeInstances that no instance here has a value for, so that they pick none."""

NAMES = frozenset(
    {
        "affinity", "boot-mode", "capacity-reservation-id", "capacity-reservation-specification.capacity-reservation-preference",
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
        "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
        "current-instance-boot-mode", "dns-name", "host-id", "iam-instance-profile.id", "ip-address", "ipv6-address", "kernel-id",
        "metadata-options.http-protocol-ipv4", "network-interface.addresses.association.allocation-id",
        "network-interface.addresses.association.association-id", "network-interface.addresses.association.carrier-ip",
        "network-interface.addresses.association.customer-owned-ip", "network-interface.addresses.association.ip-owner-id",
        "network-interface.addresses.association.public-dns-name", "network-interface.addresses.association.public-ip",
        "network-interface.association.allocation-id", "network-interface.association.association-id",
        "network-interface.association.carrier-ip", "network-interface.association.customer-owned-ip",
        "network-interface.association.ip-owner-id", "network-interface.association.public-dns-name",
        "network-interface.association.public-ip", "network-interface.attachment.attach-time",
        "network-interface.attachment.attachment-id", "network-interface.attachment.instance-owner-id",
        "network-interface.attachment.network-card-index", "network-interface.deny-all-igw-traffic", "network-interface.description",
        "network-interface.ipv4-prefixes.ipv4-prefix", "network-interface.ipv6-address",
        "network-interface.ipv6-addresses.ipv6-address", "network-interface.ipv6-addresses.is-primary-ipv6",
        "network-interface.ipv6-native", "network-interface.ipv6-prefixes.ipv6-prefix", "network-interface.mac-address",
        "network-interface.network-interface-id", "network-interface.operator.managed", "network-interface.operator.principal",
        "network-interface.outpost-arn", "network-interface.owner-id", "network-interface.public-dns-name",
        "network-interface.requester-id", "network-interface.requester-managed", "network-interface.tag-key",
        "network-interface.tag-value", "network-performance-options.bandwidth-weighting", "operator.principal", "outpost-arn",
        "placement-partition-number", "product-code", "product-code.type", "ramdisk-id", "requester-id", "tpm-support",
    }
)  # fmt: skip
