"""Steps per second of Lava's own processes, as JSON. Needs lava-nc: Python 3.10."""

import json
import sys
import tempfile
import time
from pathlib import Path

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.source import RingBuffer

sys.path.insert(0, str(Path(__file__).parent))
import runtime


def steps_per_second(network, shape, steps=30):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        spec.write(network, path)
        net = hdf5.Network(
            net_config=str(path), input_shape=shape if len(shape) == 3 else None
        )
        events = (runtime.RNG.random((*shape, steps)) < runtime.RATE).astype(int)
        source = RingBuffer(data=events)
        source.s_out.connect(net.inp)
        config = Loihi2SimCfg(select_tag="fixed_pt")
        net.run(condition=RunSteps(num_steps=2), run_cfg=config)
        begun = time.perf_counter()
        net.run(condition=RunSteps(num_steps=steps), run_cfg=config)
        elapsed = time.perf_counter() - begun
        net.stop()
    return steps / elapsed


def main():
    found = {
        name: steps_per_second(runtime.dense(*sizes), (sizes[0],))
        for name, sizes in runtime.DENSE.items()
    }
    delayed = runtime.dense(64, 256, 10, delays=True)
    found["64-256-10 delayed"] = steps_per_second(delayed, (64,))
    for name, neuron in (("CUBA", runtime.CUBA), ("sigma-delta", spec.SigmaDelta(16))):
        network = runtime.pilotnet(neuron)
        found[f"PilotNet {name}"] = steps_per_second(network, (100, 33, 3), 10)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
