"""What the benchmark of blocks compares: our networks, bare products, other libraries.

A network is a list of layers, of ``("dense", inputs, outputs)``, ``("conv", inputs,
outputs, kernel, size of the image)`` and ``("pool", channels, kernel, size)``.
"""
