"""Fails where the built site no longer answers what a newcomer asks first."""

import sys
from pathlib import Path

ANSWERS = {
    "Which neuron do I take?": "guides/neurons.html#neurons",
    "How do I choose its decays and threshold?": "guides/neurons.html#cuba",
    "Which loss do I take?": "guides/losses.html#losses-and-classifiers",
    "Why is my layer silent?": "guides/troubleshooting.html#nothing-spikes",
    "How do I use my own events?": (
        "guides/encoding.html#event-cameras-and-silicon-cochleas"
    ),
    "How do I use tonic's data sets?": "guides/encoding.html#tonic-s-data-sets",
    "Where do I learn step by step?": "tutorials.html#first-steps",
    "How do I turn values into spikes?": "guides/encoding.html#values-as-spikes",
    "What do tau_grad and scale_grad do?": "guides/gradients.html#the-two-parameters",
    "How do delays learn?": "guides/delays.html#delays",
    "How do I run on my GPU?": "guides/gpu.html#on-a-gpu",
    "How do I resume?": "guides/saving.html#saving-resuming-the-best-model",
    "How do I run a stream?": "guides/streaming.html#streaming-and-pieces-of-time",
    "What does the chip change?": "guides/quantisation.html#what-lava-changes",
    "How do I see whether it changes my network?": (
        "guides/deploy.html#before-you-deploy"
    ),
    "How do I see what my network does?": "reference/plot.html#pictures",
    "How do samples of different length make a batch?": (
        "guides/encoding.html#samples-of-different-length"
    ),
    "How do I see what it costs?": (
        "guides/profile.html#counting-events-operations-and-energy"
    ),
    "What can I do without Python?": "guides/command-line.html#on-the-command-line",
    "How do I install it?": "guides/install.html#installing",
    "What changed since 0.6?": "guides/from-06.html#coming-from-lava-dl-0-6",
}


def main(site: str) -> None:
    """Prints the questions without an answer."""
    lost = []
    for question, place in ANSWERS.items():
        page, _, anchor = place.partition("#")
        path = Path(site, page)
        if not path.is_file() or f'id="{anchor}"' not in path.read_text("utf-8"):
            lost.append(f"{question} {place} isn't there")
    print(*lost, f"{len(ANSWERS) - len(lost)} questions answered", sep="\n")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main(*sys.argv[1:])
