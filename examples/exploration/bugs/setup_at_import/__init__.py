"""Creates the price list when the module of the handler is loaded, then sells at these prices.

`wrong` and `right` are modules of their own, because the code in question is not in a handler.
"""
