"""Coverage-guided fuzzing of every parser: ``make fuzz``, with atheris.

`targets` says what each parser must never do, `corpus` where its inputs begin;
``tests/hardening/test_fuzz.py`` runs the same targets for a moment in every test run.
"""
