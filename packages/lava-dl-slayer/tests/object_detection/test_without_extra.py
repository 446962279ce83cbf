"""What works where the extra obd is not installed."""

import subprocess
import sys

EXTRA = ("PIL", "cv2", "imageio", "matplotlib", "torchvision")


def run(code):
    hidden = f"import sys; sys.modules.update(dict.fromkeys({EXTRA}))\n"
    command = [sys.executable, "-c", hidden + code]
    return subprocess.run(command, capture_output=True, text=True)


def test_detection_is_imported_when_asked_for_and_needs_no_extra():
    done = run(
        "import lava.lib.dl.slayer as slayer\n"
        "assert 'lava.lib.dl.slayer.object_detection' not in sys.modules\n"
        "slayer.obd.dataset.SyntheticShapes(1)[0]\n"
        "slayer.obd.models.yolo_kp.Network(2)\n"
    )
    assert done.returncode == 0, done.stderr


def test_drawing_says_how_to_get_what_it_needs():
    done = run(
        "import torch, lava.lib.dl.slayer as slayer\n"
        "slayer.obd.bbox.utils.render_events_img(torch.zeros(2, 4, 4))\n"
    )
    assert done.returncode == 1
    assert "pip install 'lava-dl-slayer[obd]'" in done.stderr
