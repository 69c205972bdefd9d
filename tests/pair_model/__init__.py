"""A model of the pair: the plugin's operations and the bridge's handling, on fakes, and all that may go wrong between.

``world`` is what is there, ``steps`` what may happen, ``promise`` what must hold all the same. ``run`` plays as many
sequences as it is told; ``tests/unit/plugin/test_pair_model.py`` plays some, and those that once broke the promise.
"""
