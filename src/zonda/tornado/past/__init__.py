"""What Tornado 4 had and Tornado 5 or 6 dropped, one module for each that it belonged to.

Programs reach it under the public names (``zonda.gen.Task``); see :mod:`zonda.legacy`.
"""
