"""Who belongs here: sessions, keys, profiles, members, invites, roles and access rules."""
