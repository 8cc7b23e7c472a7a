"""Model files: `dump` writes one of a model, `load` reads it back."""

import contextlib
import datetime
import os
import pathlib
import uuid
import weakref
from dataclasses import dataclass, field

from flama import _core
from flama.models.frameworks import framework_of, load_object, trusted
from flama.models.info import plain

__all__ = ["Metadata", "ModelArtifact", "dump", "load", "manifest", "meta"]

# The names that Flama 1 has for compressions.
OLD_NAMES = {"fast": "zlib", "standard": "bz2", "high": "lzma"}


class Attributes(dict):
    """A dict whose items can be had as attributes too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _attributes(value):
    if isinstance(value, dict):
        return Attributes((key, _attributes(item)) for key, item in value.items())
    return value


class Metadata(Attributes):
    """What a model file says of its model: `meta.framework.lib`, `meta["framework"]`.

    `id` is a UUID where it is one, `timestamp` a datetime; `to_dict` gives texts.
    """

    @classmethod
    def from_dict(cls, data):
        """The metadata of a file's meta object."""
        self = cls(_attributes(data))
        strangers = (KeyError, TypeError, ValueError, AttributeError)
        with contextlib.suppress(*strangers):  # a file may name its model as it likes
            self["id"] = uuid.UUID(data["id"])
        with contextlib.suppress(*strangers):
            self["timestamp"] = datetime.datetime.fromisoformat(data["timestamp"])
        return self

    def to_dict(self):
        """As it stands in the file."""
        out = dict(self)
        out["id"] = str(self["id"]) if "id" in self else None
        stamp = self.get("timestamp")
        if isinstance(stamp, datetime.datetime):
            out["timestamp"] = stamp.isoformat()
        return out


@dataclass
class ModelArtifact:
    """A model file, read.

    Attributes
    ----------
    model : object
        The framework's own.
    meta : Metadata
    artifacts : dict of str to pathlib.Path
        The files packaged with the model, in a temporary folder that goes with this
        object.
    """

    model: object
    meta: Metadata
    artifacts: dict = field(default_factory=dict)
    directory: pathlib.Path = None

    def _extract(self, artifacts):
        if not artifacts:
            return
        from tempfile import TemporaryDirectory  # brings much

        folder = TemporaryDirectory(prefix="flama-")
        self._folder = folder
        weakref.finalize(self, folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        for name, data in artifacts:  # names that leave the folder are refused already
            path = self.directory / "artifacts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.artifacts[name] = path


def _destination(target, path):
    """(path, stream) of where to: one of them is None."""
    if (target is None) == (path is None):
        raise TypeError("give a path or a stream")
    target = path if target is None else target
    if isinstance(target, (str, os.PathLike)):
        return os.fspath(target), None
    return None, target


def _id(model_id):
    if model_id is None:
        return str(uuid.uuid4())
    if isinstance(model_id, bytes):
        return str(uuid.UUID(bytes=model_id))
    return str(model_id)


def _time(timestamp):
    if timestamp is None:
        timestamp = datetime.datetime.now()
    if isinstance(timestamp, datetime.datetime):
        return timestamp.isoformat()
    return str(timestamp)


def dump(
    m,
    f=None,
    /,
    *,
    path=None,
    family="ml",
    protocol=2,
    compression="zstd",
    model_id=None,
    timestamp=None,
    params=None,
    metrics=None,
    extra=None,
    config=None,
    artifacts=None,
    lib=None,
    **options,
):
    """Writes a model as a model file.

    Parameters
    ----------
    m : object
        A fitted estimator of scikit-learn, a module of PyTorch, a model of Keras.
    f : path or binary stream, optional
        Where to; or `path`.
    protocol : {2, 1}
    compression : {"zstd", "zlib", "lzma", "bz2"}
        Also "fast", "standard" and "high", as Flama 1 has them.
    model_id : str or uuid.UUID, optional
    timestamp : datetime.datetime, optional
    params, metrics, extra : dict, optional
        To be told with the model.
    artifacts : dict of str to path, optional
        Files to go with the model, by name.
    lib : {"sklearn", "torch", "tensorflow", "keras"}, optional
        The framework, when the model does not tell.
    **options
        For the framework: `example_inputs` and `dynamic_shapes` of torch.export.

    Raises
    ------
    TypeError, ValueError
        For what can't be written; a file at the path is not touched then.
    """
    if family != "ml":
        raise ValueError(f"there are no models of family {family!r} here, only 'ml'")
    where, stream = _destination(f, path)
    name, framework = framework_of(m, lib)
    payload = framework.dump(m, **options)
    about = {
        "id": _id(model_id),
        "timestamp": _time(timestamp),
        "framework": {
            "family": family,
            "lib": name,
            "version": str(framework.version()),
            "config": plain(config),
        },
        "model": {
            "obj": type(m).__name__,
            "info": framework.info(m),
            "params": plain(params),
            "metrics": plain(metrics),
        },
        "extra": plain(extra),
        "capabilities": {"kind": family},
    }
    files = [
        (name, pathlib.Path(source).read_bytes())
        for name, source in (artifacts or {}).items()
    ]
    written = _core.write_package(
        where, protocol, OLD_NAMES.get(compression, compression), about, payload, files
    )
    if stream is not None:
        stream.write(written)


def load(f=None, /, *, path=None, trust=None):
    """Reads a model file: its model as the framework's own object, and what it says.

    Parameters
    ----------
    f : path or binary stream, optional
        Or `path`.
    trust : bool, optional
        Whether the file may run code, as pickles and TorchScript do when they are
        loaded; else FLAMA_TRUST says so. Models served by the core need none.

    Raises
    ------
    ValueError
        For a damaged file.
    NotImplementedError
        For one that would run code and is not trusted.
    """
    about, payload, artifacts = _read(f, path)
    model = load_object(about["framework"]["lib"], payload, trusted(trust))
    artifact = ModelArtifact(model, Metadata.from_dict(about))
    artifact._extract(artifacts)
    return artifact


def meta(f=None, /, *, path=None):
    """What a model file says of its model, which is not loaded: a Metadata."""
    about, _, _ = _read(f, path)
    return Metadata.from_dict(about)


def manifest(f=None, /, *, path=None):
    """The names of the files that are packaged with a model, which is not loaded."""
    _, _, artifacts = _read(f, path)
    return tuple(name for name, _ in artifacts)


def _read(f, path):
    """(meta, payload, artifacts) of a model file."""
    where, stream = _destination(f, path)
    if where is not None and not os.path.exists(where):
        raise FileNotFoundError(2, "there is no model file", where)
    return _core.read_package(where if stream is None else stream.read())
