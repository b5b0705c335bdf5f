"""The Power Platform connector, made from the app's own routes and models."""
