/* Names that occur in fitted models as data: arrays, random states, losses, metrics.
 * None of them is ever called; what they mean is for who reads the attribute. numpy's
 * private modules are numpy.core until 1.26 and numpy._core since. */
#include "engine/sklearn/functions.h"
#include "engine/sklearn/table.h"

#define BOTH_CORES(tail, name)        \
    {"numpy._core" tail, name, NULL}, \
    {                                 \
        "numpy.core" tail, name, NULL \
    }

/* Metrics have had the width of their numbers in the name since 1.3. */
#define DISTANCE(name)                                              \
    {"sklearn.metrics._dist_metrics", name "Distance", NULL},       \
        {"sklearn.metrics._dist_metrics", name "Distance64", NULL}, \
    {                                                               \
        "sklearn.metrics._dist_metrics", name "Distance32", NULL    \
    }

#define GP_KERNEL(name)                                \
    {                                                  \
        "sklearn.gaussian_process.kernels", name, NULL \
    }

/* A loss of the Cython module, which some versions call by its last name only, and the
 * function that remakes it. */
#define CY_LOSS(name)                                                     \
    {"sklearn._loss._loss", "Cy" name, NULL}, {"_loss", "Cy" name, NULL}, \
        {"sklearn._loss._loss", "__pyx_unpickle_Cy" name, NULL},          \
    {                                                                     \
        "_loss", "__pyx_unpickle_Cy" name, NULL                           \
    }

/* Which module a ufunc is found in depends on what was imported first. */
#define NUMPY_FUNCTION(name, run) \
    {"numpy", #name, NULL}, BOTH_CORES("._multiarray_umath", #name),
#define SPECIAL_FUNCTION(name, run)         \
    {"scipy.special._ufuncs", #name, NULL}, \
        {"scipy.special._special_ufuncs", #name, NULL},
/* pandas names the home of its classes as it shows them since 3. */
#define PANDAS(module, shown, name)      \
    {"pandas.core." module, name, NULL}, \
    {                                    \
        "pandas" shown, name, NULL       \
    }
#define SPLITTER(name)                               \
    {                                                \
        "sklearn.model_selection._split", name, NULL \
    }
#define SCORER(name)                          \
    {                                         \
        "sklearn.metrics._scorer", name, NULL \
    }
#define CLASSIFICATION(name)                          \
    {                                                 \
        "sklearn.metrics._classification", name, NULL \
    }
#define RANKING(name)                          \
    {                                          \
        "sklearn.metrics._ranking", name, NULL \
    }
#define CLUSTERING(name)                                  \
    {                                                     \
        "sklearn.metrics.cluster._supervised", name, NULL \
    }
#define REGRESSION(name)                          \
    {                                             \
        "sklearn.metrics._regression", name, NULL \
    }
#define CONTINUOUS(name)                                    \
    {                                                       \
        "scipy.stats._continuous_distns", name "_gen", NULL \
    }
#define DISCRETE(name)                                    \
    {                                                     \
        "scipy.stats._discrete_distns", name "_gen", NULL \
    }

const flama_sk_class flama_sk_data[] = {
    /* arrays and scalars */
    BOTH_CORES(".multiarray", "_reconstruct"),
    BOTH_CORES(".multiarray", "scalar"),
    BOTH_CORES(".numeric", "_frombuffer"),
    {"numpy", "ndarray", NULL},
    {"numpy", "matrix", NULL},
    {"numpy", "dtype", NULL},
    {"numpy", "bool", NULL},
    {"numpy", "bool_", NULL},
    {"numpy", "int8", NULL},
    {"numpy", "int16", NULL},
    {"numpy", "int32", NULL},
    {"numpy", "int64", NULL},
    {"numpy", "uint8", NULL},
    {"numpy", "uint16", NULL},
    {"numpy", "uint32", NULL},
    {"numpy", "uint64", NULL},
    {"numpy", "float16", NULL},
    {"numpy", "float32", NULL},
    {"numpy", "float64", NULL},
    {"numpy", "object_", NULL},
    {"numpy", "number", NULL},
    {"numpy", "integer", NULL},
    {"numpy", "floating", NULL},
    {"numpy", "str_", NULL},
    {"numpy", "vectorize", NULL}, /* scipy.stats keeps some */
    {"numpy.dtypes", "Float64DType", NULL},
    {"numpy.ma.core", "_mareconstruct", NULL},
    {"numpy.ma.core", "MaskedArray", NULL},
    {"numpy.ma", "MaskedArray", NULL},
    {"scipy.interpolate._bsplines", "BSpline", NULL},
    {"scipy.interpolate._bsplines", "_BSpline", NULL},
    {"scipy._lib.array_api_compat.numpy._aliases", "asarray", NULL},
    {"scipy.sparse._csr", "csr_matrix", NULL},
    {"scipy.sparse._csr", "csr_array", NULL},
    {"scipy.sparse._csc", "csc_matrix", NULL},
    {"scipy.sparse._csc", "csc_array", NULL},
    {"scipy.sparse.csr", "csr_matrix", NULL},
    {"scipy.sparse.csc", "csc_matrix", NULL},

    /* Python's own */
    {"_codecs", "encode", NULL},
    {"builtins", "bytearray", NULL},
    {"builtins", "bytes", NULL},
    {"__builtin__", "bytearray", NULL},
    {"__builtin__", "bytes", NULL},
    {"builtins", "set", NULL},
    {"builtins", "frozenset", NULL},
    {"__builtin__", "set", NULL},
    {"__builtin__", "frozenset", NULL},
    {"builtins", "slice", NULL},
    {"builtins", "getattr", NULL}, /* the reader lets it name methods only */
    {"__builtin__", "getattr", NULL},
    {"builtins", "range", NULL},
    {"builtins", "int", NULL},
    {"builtins", "float", NULL},
    {"builtins", "bool", NULL},
    {"builtins", "str", NULL},
    {"__builtin__", "unicode", NULL},
    {"builtins", "object", NULL},
    {"collections", "OrderedDict", NULL},
    {"collections", "defaultdict", NULL},
    {"collections", "deque", NULL},

    /* tables: what chose the columns of a ColumnTransformer, and the like */
    {"pandas.core.indexes.base", "_new_Index", NULL},
    PANDAS("indexes.base", "", "Index"),
    PANDAS("indexes.range", "", "RangeIndex"),
    {"pandas.core.indexes.numeric", "Int64Index", NULL},
    {"pandas.core.indexes.numeric", "UInt64Index", NULL},
    {"pandas.core.indexes.numeric", "Float64Index", NULL},
    PANDAS("series", "", "Series"),
    PANDAS("frame", "", "DataFrame"),
    PANDAS("dtypes.dtypes", "", "CategoricalDtype"),
    PANDAS("arrays.categorical", "", "Categorical"),
    PANDAS("arrays.string_", "", "StringDtype"),
    PANDAS("arrays.string_", ".arrays", "StringArray"),
    PANDAS("arrays.string_arrow", ".arrays", "ArrowStringArray"),
    {"pandas.core.internals.managers", "BlockManager", NULL},
    {"pandas.core.internals.managers", "SingleBlockManager", NULL},
    {"pandas._libs.internals", "_unpickle_block", NULL},
    {"pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked", NULL},
    {"pyarrow.lib", "_restore_array", NULL},
    {"pyarrow.lib", "py_buffer", NULL},
    {"pyarrow.lib", "type_for_alias", NULL},

    /* random states: kept by estimators, of no use to predict */
    {"numpy.random._pickle", "__randomstate_ctor", NULL},
    {"numpy.random._pickle", "__bit_generator_ctor", NULL},
    {"numpy.random._pickle", "__generator_ctor", NULL},
    {"numpy.random._mt19937", "MT19937", NULL},
    {"numpy.random._pcg64", "PCG64", NULL},
    {"numpy.random._pcg64", "PCG64DXSM", NULL},
    {"numpy.random._philox", "Philox", NULL},
    {"numpy.random._sfc64", "SFC64", NULL},
    {"numpy.random.bit_generator", "SeedSequence", NULL},
    {"numpy.random.bit_generator", "__pyx_unpickle_SeedSequence", NULL},

    /* scikit-learn's helpers */
    {"sklearn.utils", "Bunch", NULL},
    {"sklearn.utils._bunch", "Bunch", NULL},
    {"sklearn.neural_network._stochastic_optimizers", "AdamOptimizer", NULL},
    {"sklearn.neural_network._stochastic_optimizers", "SGDOptimizer", NULL},
    {"sklearn.linear_model._glm.link", "LogLink", NULL},
    {"sklearn.linear_model._glm.link", "IdentityLink", NULL},
    {"sklearn._loss.glm_distribution", "PoissonDistribution", NULL},
    {"sklearn._loss.glm_distribution", "GammaDistribution", NULL},
    {"sklearn._loss.glm_distribution", "NormalDistribution", NULL},
    {"sklearn._loss.glm_distribution", "TweedieDistribution", NULL},
    {"sklearn._loss.glm_distribution", "InverseGaussianDistribution", NULL},
    {"sklearn._loss.glm_distribution", "DistributionBoundary", NULL},

    /* losses of linear models, boosting and the like */
    {"sklearn._loss.link", "Interval", NULL},
    {"sklearn._loss.link", "IdentityLink", NULL},
    {"sklearn._loss.link", "LogLink", NULL},
    {"sklearn._loss.link", "LogitLink", NULL},
    {"sklearn._loss.link", "HalfLogitLink", NULL},
    {"sklearn._loss.link", "MultinomialLogit", NULL},
    {"sklearn._loss.loss", "HalfSquaredError", NULL},
    {"sklearn._loss.loss", "AbsoluteError", NULL},
    {"sklearn._loss.loss", "PinballLoss", NULL},
    {"sklearn._loss.loss", "HuberLoss", NULL},
    {"sklearn._loss.loss", "HalfPoissonLoss", NULL},
    {"sklearn._loss.loss", "HalfGammaLoss", NULL},
    {"sklearn._loss.loss", "HalfTweedieLoss", NULL},
    {"sklearn._loss.loss", "HalfTweedieLossIdentity", NULL},
    {"sklearn._loss.loss", "HalfBinomialLoss", NULL},
    {"sklearn._loss.loss", "HalfMultinomialLoss", NULL},
    {"sklearn._loss.loss", "ExponentialLoss", NULL},
    CY_LOSS("HalfSquaredError"),
    CY_LOSS("AbsoluteError"),
    CY_LOSS("PinballLoss"),
    CY_LOSS("HuberLoss"),
    CY_LOSS("HalfPoissonLoss"),
    CY_LOSS("HalfGammaLoss"),
    CY_LOSS("HalfTweedieLoss"),
    CY_LOSS("HalfTweedieLossIdentity"),
    CY_LOSS("HalfBinomialLoss"),
    CY_LOSS("HalfMultinomialLoss"),
    CY_LOSS("ExponentialLoss"),
    {"sklearn.linear_model._sgd_fast", "Hinge", NULL},
    {"sklearn.linear_model._sgd_fast", "SquaredHinge", NULL},
    {"sklearn.linear_model._sgd_fast", "Log", NULL},
    {"sklearn.linear_model._sgd_fast", "ModifiedHuber", NULL},
    {"sklearn.linear_model._sgd_fast", "SquaredLoss", NULL},
    {"sklearn.linear_model._sgd_fast", "Huber", NULL},
    {"sklearn.linear_model._sgd_fast", "EpsilonInsensitive", NULL},
    {"sklearn.linear_model._sgd_fast", "SquaredEpsilonInsensitive", NULL},

    /* trees and boosting */
    {"sklearn.tree._tree", "Tree", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.loss", "BinaryCrossEntropy", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.loss", "CategoricalCrossEntropy", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.loss", "LeastAbsoluteDeviation", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.loss", "LeastSquares", NULL},
    {"sklearn.ensemble._hist_gradient_boosting.loss", "Poisson", NULL},
    {"sklearn.ensemble._gb_losses", "BinomialDeviance", NULL},
    {"sklearn.ensemble._gb_losses", "ExponentialLoss", NULL},
    {"sklearn.ensemble._gb_losses", "HuberLossFunction", NULL},
    {"sklearn.ensemble._gb_losses", "LeastAbsoluteError", NULL},
    {"sklearn.ensemble._gb_losses", "LeastSquaresError", NULL},
    {"sklearn.ensemble._gb_losses", "MultinomialDeviance", NULL},
    {"sklearn.ensemble._gb_losses", "QuantileLossFunction", NULL},
    {"sklearn.compose._column_transformer", "_RemainderColsList", NULL},
    {"sklearn.compose._column_transformer", "make_column_selector", NULL},
    {"sklearn.utils.validation", "check_array", NULL},
    {"functools", "partial", NULL},

    /* functions of FunctionTransformer */
    FLAMA_SK_FUNCTIONS(NUMPY_FUNCTION) FLAMA_SK_FUNCTIONS_OF_MORE(NUMPY_FUNCTION)
        FLAMA_SK_SPECIAL_FUNCTIONS(SPECIAL_FUNCTION){"numpy", "ravel", NULL},

    /* how a search or a calibration went: of no use to predict */
    SPLITTER("KFold"),
    SPLITTER("StratifiedKFold"),
    SPLITTER("GroupKFold"),
    SPLITTER("StratifiedGroupKFold"),
    SPLITTER("ShuffleSplit"),
    SPLITTER("StratifiedShuffleSplit"),
    SPLITTER("GroupShuffleSplit"),
    SPLITTER("RepeatedKFold"),
    SPLITTER("RepeatedStratifiedKFold"),
    SPLITTER("TimeSeriesSplit"),
    SPLITTER("LeaveOneOut"),
    SPLITTER("LeavePOut"),
    SPLITTER("LeaveOneGroupOut"),
    SPLITTER("LeavePGroupsOut"),
    SPLITTER("PredefinedSplit"),
    SPLITTER("_CVIterableWrapper"),
    SCORER("_Scorer"),
    SCORER("_BaseScorer"),
    SCORER("_PredictScorer"),
    SCORER("_ProbaScorer"),
    SCORER("_ThresholdScorer"),
    SCORER("_PassthroughScorer"),
    SCORER("_passthrough_scorer"),
    SCORER("_MultimetricScorer"),
    SCORER("_CurveScorer"),
    {"sklearn.model_selection._classification_threshold", "_CurveScorer", NULL},
    CLASSIFICATION("accuracy_score"),
    CLASSIFICATION("balanced_accuracy_score"),
    CLASSIFICATION("f1_score"),
    CLASSIFICATION("fbeta_score"),
    CLASSIFICATION("precision_score"),
    CLASSIFICATION("recall_score"),
    CLASSIFICATION("jaccard_score"),
    CLASSIFICATION("log_loss"),
    CLASSIFICATION("brier_score_loss"),
    CLASSIFICATION("matthews_corrcoef"),
    CLASSIFICATION("cohen_kappa_score"),
    CLASSIFICATION("hamming_loss"),
    CLASSIFICATION("zero_one_loss"),
    CLASSIFICATION("hinge_loss"),
    CLASSIFICATION("d2_brier_score"),
    CLASSIFICATION("d2_log_loss_score"),
    SCORER("positive_likelihood_ratio"),
    SCORER("negative_likelihood_ratio"),
    CLUSTERING("adjusted_mutual_info_score"),
    CLUSTERING("adjusted_rand_score"),
    CLUSTERING("completeness_score"),
    CLUSTERING("fowlkes_mallows_score"),
    CLUSTERING("homogeneity_score"),
    CLUSTERING("mutual_info_score"),
    CLUSTERING("normalized_mutual_info_score"),
    CLUSTERING("rand_score"),
    CLUSTERING("v_measure_score"),
    RANKING("roc_auc_score"),
    RANKING("average_precision_score"),
    RANKING("top_k_accuracy_score"),
    RANKING("ndcg_score"),
    RANKING("dcg_score"),
    RANKING("label_ranking_average_precision_score"),
    RANKING("label_ranking_loss"),
    RANKING("coverage_error"),
    REGRESSION("r2_score"),
    REGRESSION("mean_squared_error"),
    REGRESSION("root_mean_squared_error"),
    REGRESSION("mean_absolute_error"),
    REGRESSION("median_absolute_error"),
    REGRESSION("mean_absolute_percentage_error"),
    REGRESSION("mean_squared_log_error"),
    REGRESSION("root_mean_squared_log_error"),
    REGRESSION("explained_variance_score"),
    REGRESSION("max_error"),
    REGRESSION("mean_pinball_loss"),
    REGRESSION("mean_poisson_deviance"),
    REGRESSION("mean_gamma_deviance"),
    REGRESSION("mean_tweedie_deviance"),
    REGRESSION("d2_absolute_error_score"),
    REGRESSION("d2_pinball_score"),
    REGRESSION("d2_tweedie_score"),
    CONTINUOUS("uniform"),
    CONTINUOUS("reciprocal"),
    CONTINUOUS("norm"),
    CONTINUOUS("expon"),
    CONTINUOUS("gamma"),
    CONTINUOUS("beta"),
    CONTINUOUS("lognorm"),
    CONTINUOUS("truncnorm"),
    CONTINUOUS("triang"),
    CONTINUOUS("halfnorm"),
    CONTINUOUS("chi2"),
    CONTINUOUS("t"),
    DISCRETE("randint"),
    DISCRETE("poisson"),
    DISCRETE("geom"),
    DISCRETE("binom"),
    DISCRETE("bernoulli"),
    DISCRETE("nbinom"),
    {"scipy.stats._distn_infrastructure", "rv_frozen", NULL},
    {"scipy.stats._distn_infrastructure", "rv_continuous_frozen", NULL},
    {"scipy.stats._distn_infrastructure", "rv_discrete_frozen", NULL},
    {"sklearn.utils._metadata_requests", "MetadataRequest", NULL},
    {"sklearn.utils._metadata_requests", "MethodMetadataRequest", NULL},
    {"sklearn.calibration", "_CalibratedClassifier", NULL},
    {"sklearn.calibration", "_TemperatureScaling", NULL},
    {"joblib.memory", "Memory", NULL},
    {"joblib._store_backends", "FileSystemStoreBackend", NULL},

    /* what FeatureAgglomeration pools by */
    {"numpy", "mean", NULL},
    {"numpy", "median", NULL},
    {"numpy", "sum", NULL},
    {"numpy", "max", NULL},
    {"numpy", "amax", NULL},
    {"numpy", "min", NULL},
    {"numpy", "amin", NULL},

    /* imputers, selection */
    {"sklearn.impute._iterative", "_ImputerTriplet", NULL},
    {"sklearn.feature_selection._univariate_selection", "f_classif", NULL},
    {"sklearn.feature_selection._univariate_selection", "f_oneway", NULL},
    {"sklearn.feature_selection._univariate_selection", "f_regression", NULL},
    {"sklearn.feature_selection._univariate_selection", "r_regression", NULL},
    {"sklearn.feature_selection._univariate_selection", "chi2", NULL},
    {"sklearn.feature_selection._mutual_info", "mutual_info_classif", NULL},
    {"sklearn.feature_selection._mutual_info", "mutual_info_regression", NULL},

    /* neighbours */
    {"sklearn.neighbors._kd_tree", "newObj", NULL},
    {"sklearn.neighbors._kd_tree", "KDTree", NULL},
    {"sklearn.neighbors._ball_tree", "newObj", NULL},
    {"sklearn.neighbors._ball_tree", "BallTree", NULL},
    {"sklearn.metrics._dist_metrics", "newObj", NULL},
    DISTANCE("Euclidean"),
    DISTANCE("SEuclidean"),
    DISTANCE("Manhattan"),
    DISTANCE("Chebyshev"),
    DISTANCE("Minkowski"),
    DISTANCE("Mahalanobis"),
    DISTANCE("Hamming"),
    DISTANCE("Canberra"),
    DISTANCE("BrayCurtis"),
    DISTANCE("Haversine"),
    DISTANCE("Jaccard"),
    DISTANCE("Dice"),
    DISTANCE("RogersTanimoto"),
    DISTANCE("RussellRao"),
    DISTANCE("SokalMichener"),
    DISTANCE("SokalSneath"),
    {"sklearn.neighbors._unsupervised", "NearestNeighbors", NULL},

    /* Gaussian processes and clusters */
    GP_KERNEL("ConstantKernel"),
    GP_KERNEL("WhiteKernel"),
    GP_KERNEL("RBF"),
    GP_KERNEL("Matern"),
    GP_KERNEL("RationalQuadratic"),
    GP_KERNEL("ExpSineSquared"),
    GP_KERNEL("DotProduct"),
    GP_KERNEL("PairwiseKernel"),
    GP_KERNEL("CompoundKernel"),
    GP_KERNEL("Sum"),
    GP_KERNEL("Product"),
    GP_KERNEL("Exponentiation"),
    GP_KERNEL("Hyperparameter"),
    {"sklearn.gaussian_process._gpc", "_BinaryGaussianProcessClassifierLaplace", NULL},
    {"sklearn.multiclass", "OneVsRestClassifier", NULL},
    {"sklearn.multiclass", "OneVsOneClassifier", NULL},
    {"sklearn.covariance._empirical_covariance", "EmpiricalCovariance", NULL},
    {"sklearn.covariance._shrunk_covariance", "ShrunkCovariance", NULL},
    {"sklearn.covariance._shrunk_covariance", "LedoitWolf", NULL},
    {"sklearn.covariance._shrunk_covariance", "OAS", NULL},
    {"sklearn.covariance._robust_covariance", "MinCovDet", NULL},
    {"sklearn.covariance._graph_lasso", "GraphicalLasso", NULL},
    {"sklearn.covariance._graph_lasso", "GraphicalLassoCV", NULL},
    {"sklearn.cluster._bisect_k_means", "_BisectingTree", NULL},
    {"sklearn.cluster._kmeans", "_kmeans_single_lloyd", NULL},
    {"sklearn.cluster._kmeans", "_kmeans_single_elkan", NULL},
    {"sklearn.cluster._birch", "_CFNode", NULL},
    {"sklearn.cluster._birch", "_CFSubcluster", NULL},
    {NULL, NULL, NULL},
};
