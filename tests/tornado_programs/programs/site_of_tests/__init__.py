"""A site in the layout that tutorials recommend: application, config, server, views."""
