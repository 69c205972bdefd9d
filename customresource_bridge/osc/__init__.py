"""``openstack customresource``: thin commands over ``visibility`` and the dead letters, with the user's own rights."""
