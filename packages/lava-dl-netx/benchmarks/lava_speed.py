"""Steps per second of Lava's own processes, as JSON. Needs lava-nc: Python 3.10."""

import json
import sys
import tempfile
from pathlib import Path

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.source import RingBuffer

sys.path.insert(0, str(Path(__file__).parent))
import runtime


def steps_per_second(network, shape=None, steps=30):
    """The best of three runs, after two steps to warm up."""
    options = runtime.options_of(network, "lava", shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        spec.write(network, path)
        net = hdf5.Network(net_config=str(path), **options)
        source = RingBuffer(
            data=runtime.events_of(network, "lava", net.inp.shape, steps)
        )
        source.s_out.connect(net.inp)
        config = Loihi2SimCfg(select_tag="fixed_pt")
        net.run(condition=RunSteps(num_steps=2), run_cfg=config)
        run = RunSteps(num_steps=steps)
        rate = runtime.rate_of(lambda: net.run(condition=run, run_cfg=config), steps)
        net.stop()
    return rate


def main():
    found = {
        name: steps_per_second(runtime.dense(*sizes))
        for name, sizes in runtime.DENSE.items()
    }
    delayed = runtime.dense(64, 256, 10, delays=True)
    found["64-256-10 delayed"] = steps_per_second(delayed)
    for name, neuron in (("CUBA", runtime.CUBA), ("sigma-delta", spec.SigmaDelta(16))):
        network = runtime.pilotnet(neuron)
        found[f"PilotNet {name}"] = steps_per_second(network, (100, 33, 3), 10)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
