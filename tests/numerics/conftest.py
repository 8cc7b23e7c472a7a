import importlib.util
import pickle

import pytest

from engine import Engine

if importlib.util.find_spec("sklearn") is None:
    collect_ignore = ["test_averaged.py", "test_estimators.py", "test_sklearn.py"]


class Sklearn(Engine):
    def dump(self, estimator, protocol=4):
        """A file with the pickled estimator."""
        path = self.path(".pkl")
        path.write_bytes(pickle.dumps(estimator, protocol=protocol))
        return path


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    engine = Sklearn("sklearn", tmp_path_factory.mktemp("models"))
    yield engine
    engine.close()
