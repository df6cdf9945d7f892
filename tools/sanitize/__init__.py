"""The native kernel under AddressSanitizer and UndefinedBehaviorSanitizer: ``make sanitize``."""
