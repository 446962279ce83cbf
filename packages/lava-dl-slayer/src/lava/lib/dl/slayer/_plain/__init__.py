"""What the kernels compute, in plain torch: any device, the same bits."""
