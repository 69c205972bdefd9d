"""What Horizon reads from its folder ``local/enabled``: two files to be copied or linked there."""
