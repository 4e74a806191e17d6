"""Flags in the forms that others read: SDKs that evaluate by themselves, OpenFeature clients."""
