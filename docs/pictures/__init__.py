"""Pictures of the guides, drawn from runs of the library.

``python docs/pictures`` draws all of them, ``python docs/pictures delays norms`` two.
Each module has its own in ``PICTURES``, by the file's name; ``style`` is shared.
"""
