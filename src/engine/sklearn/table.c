#include "engine/sklearn/table.h"

#include <string.h>

#include "engine/sklearn/families.h"

/* A line a class. Private modules have been the home of classes since 0.22. */
static const flama_sk_class estimators[] = {
    /* linear.c */
    {"sklearn.linear_model._base", "LinearRegression", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._ridge", "Ridge", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._ridge", "RidgeCV", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "Lasso",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "LassoCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "ElasticNet",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "ElasticNetCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskLasso",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskLassoCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskElasticNet",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._coordinate_descent", "MultiTaskElasticNetCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "Lars", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LarsCV", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LassoLars", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LassoLarsCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._least_angle", "LassoLarsIC",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._omp", "OrthogonalMatchingPursuit",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._omp", "OrthogonalMatchingPursuitCV",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._bayes", "BayesianRidge", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._bayes", "ARDRegression", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._huber", "HuberRegressor", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._theil_sen", "TheilSenRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._quantile", "QuantileRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._stochastic_gradient", "SGDRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.linear_model._passive_aggressive", "PassiveAggressiveRegressor",
     flama_sk_load_linear_regressor},
    {"sklearn.svm._classes", "LinearSVR", flama_sk_load_linear_regressor},
    {"sklearn.linear_model._glm.glm", "PoissonRegressor", flama_sk_load_glm},
    {"sklearn.linear_model._glm.glm", "GammaRegressor", flama_sk_load_glm},
    {"sklearn.linear_model._glm.glm", "TweedieRegressor", flama_sk_load_glm},
    {"sklearn.linear_model._logistic", "LogisticRegression", flama_sk_load_logistic},
    {"sklearn.linear_model._logistic", "LogisticRegressionCV", flama_sk_load_logistic},
    {"sklearn.linear_model._ridge", "RidgeClassifier", flama_sk_load_linear_classifier},
    {"sklearn.linear_model._ridge", "RidgeClassifierCV",
     flama_sk_load_linear_classifier},
    {"sklearn.linear_model._stochastic_gradient", "SGDClassifier",
     flama_sk_load_sgd_classifier},
    {"sklearn.linear_model._perceptron", "Perceptron", flama_sk_load_linear_classifier},
    {"sklearn.linear_model._passive_aggressive", "PassiveAggressiveClassifier",
     flama_sk_load_linear_classifier},
    {"sklearn.svm._classes", "LinearSVC", flama_sk_load_linear_classifier},

    /* mlp.c */
    {"sklearn.neural_network._multilayer_perceptron", "MLPClassifier",
     flama_sk_load_mlp_classifier},
    {"sklearn.neural_network._multilayer_perceptron", "MLPRegressor",
     flama_sk_load_mlp_regressor},

    /* naive_bayes.c */
    {"sklearn.naive_bayes", "GaussianNB", flama_sk_load_gaussian_nb},
    {"sklearn.naive_bayes", "MultinomialNB", flama_sk_load_multinomial_nb},
    {"sklearn.naive_bayes", "ComplementNB", flama_sk_load_complement_nb},
    {"sklearn.naive_bayes", "BernoulliNB", flama_sk_load_bernoulli_nb},
    {"sklearn.naive_bayes", "CategoricalNB", flama_sk_load_categorical_nb},

    /* dummy.c */
    {"sklearn.dummy", "DummyClassifier", flama_sk_load_dummy_classifier},
    {"sklearn.dummy", "DummyRegressor", flama_sk_load_dummy_regressor},

    /* kmeans.c */
    {"sklearn.cluster._kmeans", "KMeans", flama_sk_load_kmeans},
    {"sklearn.cluster._kmeans", "MiniBatchKMeans", flama_sk_load_kmeans},
    {"sklearn.cluster._bisect_k_means", "BisectingKMeans",
     flama_sk_load_bisecting_kmeans},

    /* centres.c */
    {"sklearn.cluster._mean_shift", "MeanShift", flama_sk_load_mean_shift},
    {"sklearn.cluster._affinity_propagation", "AffinityPropagation",
     flama_sk_load_affinity_propagation},
    {"sklearn.cluster._birch", "Birch", flama_sk_load_birch},

    /* discriminant.c */
    {"sklearn.discriminant_analysis", "LinearDiscriminantAnalysis", flama_sk_load_lda},
    {"sklearn.discriminant_analysis", "QuadraticDiscriminantAnalysis",
     flama_sk_load_qda},

    /* mixture.c */
    {"sklearn.mixture._gaussian_mixture", "GaussianMixture",
     flama_sk_load_gaussian_mixture},
    {"sklearn.mixture._bayesian_mixture", "BayesianGaussianMixture",
     flama_sk_load_bayesian_mixture},

    /* envelope.c */
    {"sklearn.covariance._elliptic_envelope", "EllipticEnvelope",
     flama_sk_load_elliptic_envelope},
    {"sklearn.linear_model._stochastic_gradient", "SGDOneClassSVM",
     flama_sk_load_sgd_one_class},

    /* isotonic.c */
    {"sklearn.isotonic", "IsotonicRegression", flama_sk_load_isotonic},

    /* ransac.c */
    {"sklearn.linear_model._ransac", "RANSACRegressor", flama_sk_load_ransac},

    /* kernel_ridge.c */
    {"sklearn.kernel_ridge", "KernelRidge", flama_sk_load_kernel_ridge},

    /* gaussian_process.c */
    {"sklearn.gaussian_process._gpr", "GaussianProcessRegressor",
     flama_sk_load_gaussian_process_regressor},
    {"sklearn.gaussian_process._gpc", "GaussianProcessClassifier",
     flama_sk_load_gaussian_process_classifier},

    /* label_propagation.c */
    {"sklearn.semi_supervised._label_propagation", "LabelPropagation",
     flama_sk_load_label_propagation},
    {"sklearn.semi_supervised._label_propagation", "LabelSpreading",
     flama_sk_load_label_propagation},

    /* scale.c */
    {"sklearn.preprocessing._data", "StandardScaler", flama_sk_load_standard_scaler},
    {"sklearn.preprocessing._data", "MinMaxScaler", flama_sk_load_min_max_scaler},
    {"sklearn.preprocessing._data", "MaxAbsScaler", flama_sk_load_max_abs_scaler},
    {"sklearn.preprocessing._data", "RobustScaler", flama_sk_load_robust_scaler},
    {"sklearn.preprocessing._data", "Normalizer", flama_sk_load_normalizer},
    {"sklearn.preprocessing._data", "Binarizer", flama_sk_load_binarizer},

    /* encoders.c */
    {"sklearn.preprocessing._encoders", "OneHotEncoder", flama_sk_load_one_hot_encoder},
    {"sklearn.preprocessing._encoders", "OrdinalEncoder",
     flama_sk_load_ordinal_encoder},
    {"sklearn.preprocessing._target_encoder", "TargetEncoder",
     flama_sk_load_target_encoder},

    /* discretize.c, distribution.c, spline.c */
    {"sklearn.preprocessing._discretization", "KBinsDiscretizer",
     flama_sk_load_k_bins_discretizer},
    {"sklearn.preprocessing._data", "QuantileTransformer",
     flama_sk_load_quantile_transformer},
    {"sklearn.preprocessing._data", "PowerTransformer",
     flama_sk_load_power_transformer},
    {"sklearn.preprocessing._polynomial", "SplineTransformer",
     flama_sk_load_spline_transformer},

    /* impute.c */
    {"sklearn.impute._base", "SimpleImputer", flama_sk_load_simple_imputer},
    {"sklearn.impute._base", "MissingIndicator", flama_sk_load_missing_indicator},

    /* knn_imputer.c, iterative_imputer.c */
    {"sklearn.impute._knn", "KNNImputer", flama_sk_load_knn_imputer},
    {"sklearn.impute._iterative", "IterativeImputer", flama_sk_load_iterative_imputer},

    /* selection.c */
    {"sklearn.feature_selection._variance_threshold", "VarianceThreshold",
     flama_sk_load_variance_threshold},
    {"sklearn.feature_selection._univariate_selection", "SelectKBest",
     flama_sk_load_select_k_best},
    {"sklearn.feature_selection._univariate_selection", "SelectPercentile",
     flama_sk_load_select_percentile},
    {"sklearn.feature_selection._univariate_selection", "SelectFpr",
     flama_sk_load_select_fpr},
    {"sklearn.feature_selection._univariate_selection", "SelectFdr",
     flama_sk_load_select_fdr},
    {"sklearn.feature_selection._univariate_selection", "SelectFwe",
     flama_sk_load_select_fwe},
    {"sklearn.feature_selection._univariate_selection", "GenericUnivariateSelect",
     flama_sk_load_generic_univariate_select},

    /* projection.c */
    {"sklearn.decomposition._pca", "PCA", flama_sk_load_pca},
    {"sklearn.decomposition._incremental_pca", "IncrementalPCA", flama_sk_load_pca},
    {"sklearn.decomposition._truncated_svd", "TruncatedSVD", flama_sk_load_components},
    {"sklearn.random_projection", "GaussianRandomProjection", flama_sk_load_components},
    {"sklearn.random_projection", "SparseRandomProjection", flama_sk_load_components},
    {"sklearn.neighbors._nca", "NeighborhoodComponentsAnalysis",
     flama_sk_load_components},
    {"sklearn.decomposition._fastica", "FastICA", flama_sk_load_fast_ica},
    {"sklearn.decomposition._factor_analysis", "FactorAnalysis",
     flama_sk_load_factor_analysis},
    {"sklearn.decomposition._sparse_pca", "SparsePCA", flama_sk_load_sparse_pca},
    {"sklearn.decomposition._sparse_pca", "MiniBatchSparsePCA",
     flama_sk_load_sparse_pca},
    {"sklearn.neural_network._rbm", "BernoulliRBM", flama_sk_load_bernoulli_rbm},
    {"sklearn.cross_decomposition._pls", "PLSRegression", flama_sk_load_pls},
    {"sklearn.cross_decomposition._pls", "PLSCanonical", flama_sk_load_pls},
    {"sklearn.cross_decomposition._pls", "CCA", flama_sk_load_pls},
    {"sklearn.cross_decomposition._pls", "PLSSVD", flama_sk_load_pls_svd},

    /* kernel_pca.c, kernel_sampler.c, agglomerate.c */
    {"sklearn.preprocessing._data", "KernelCenterer", flama_sk_load_kernel_centerer},
    {"sklearn.decomposition._kernel_pca", "KernelPCA", flama_sk_load_kernel_pca},
    {"sklearn.kernel_approximation", "Nystroem", flama_sk_load_nystroem},
    {"sklearn.kernel_approximation", "RBFSampler", flama_sk_load_rbf_sampler},
    {"sklearn.kernel_approximation", "SkewedChi2Sampler",
     flama_sk_load_skewed_chi2_sampler},
    {"sklearn.kernel_approximation", "AdditiveChi2Sampler",
     flama_sk_load_additive_chi2_sampler},
    {"sklearn.kernel_approximation", "PolynomialCountSketch",
     flama_sk_load_polynomial_count_sketch},
    {"sklearn.cluster._agglomerative", "FeatureAgglomeration",
     flama_sk_load_feature_agglomeration},

    /* vectorizer.c */
    {"sklearn.feature_extraction.text", "CountVectorizer",
     flama_sk_load_count_vectorizer},
    {"sklearn.feature_extraction.text", "TfidfVectorizer",
     flama_sk_load_tfidf_vectorizer},
    {"sklearn.feature_extraction.text", "HashingVectorizer",
     flama_sk_load_hashing_vectorizer},
    {"sklearn.feature_extraction.text", "TfidfTransformer",
     flama_sk_load_tfidf_transformer},

    /* topics.c */
    {"sklearn.decomposition._lda", "LatentDirichletAllocation",
     flama_sk_load_latent_dirichlet},
    {"sklearn.decomposition._nmf", "NMF", flama_sk_load_nmf},
    {"sklearn.decomposition._nmf", "MiniBatchNMF", flama_sk_load_mini_batch_nmf},

    /* manifold.c, graph.c, trees_embedding.c */
    {"sklearn.manifold._isomap", "Isomap", flama_sk_load_isomap},
    {"sklearn.manifold._locally_linear", "LocallyLinearEmbedding",
     flama_sk_load_locally_linear_embedding},
    {"sklearn.neighbors._graph", "KNeighborsTransformer",
     flama_sk_load_k_neighbors_transformer},
    {"sklearn.neighbors._graph", "RadiusNeighborsTransformer",
     flama_sk_load_radius_neighbors_transformer},
    {"sklearn.ensemble._forest", "RandomTreesEmbedding", flama_sk_load_trees_embedding},

    /* records.c, label_encoders.c, dictionary.c, refused.c */
    {"sklearn.feature_extraction._dict_vectorizer", "DictVectorizer",
     flama_sk_load_dict_vectorizer},
    {"sklearn.feature_extraction._hash", "FeatureHasher", flama_sk_load_feature_hasher},
    {"sklearn.preprocessing._label", "LabelEncoder", flama_sk_load_label_encoder},
    {"sklearn.preprocessing._label", "LabelBinarizer", flama_sk_load_label_binarizer},
    {"sklearn.preprocessing._label", "MultiLabelBinarizer",
     flama_sk_load_multi_label_binarizer},
    {"sklearn.decomposition._dict_learning", "DictionaryLearning",
     flama_sk_load_dictionary_learning},
    {"sklearn.decomposition._dict_learning", "MiniBatchDictionaryLearning",
     flama_sk_load_dictionary_learning},
    {"sklearn.decomposition._dict_learning", "SparseCoder", flama_sk_load_sparse_coder},
    {"sklearn.feature_extraction.image", "PatchExtractor",
     flama_sk_load_patch_extractor},

    /* polynomial.c */
    {"sklearn.preprocessing._polynomial", "PolynomialFeatures",
     flama_sk_load_polynomial},
    {"sklearn.preprocessing._data", "PolynomialFeatures", flama_sk_load_polynomial},

    /* decision_tree.c */
    {"sklearn.tree._classes", "DecisionTreeClassifier", flama_sk_load_tree_classifier},
    {"sklearn.tree._classes", "DecisionTreeRegressor", flama_sk_load_tree_regressor},
    {"sklearn.tree._classes", "ExtraTreeClassifier", flama_sk_load_tree_classifier},
    {"sklearn.tree._classes", "ExtraTreeRegressor", flama_sk_load_tree_regressor},

    /* forest.c */
    {"sklearn.ensemble._forest", "RandomForestClassifier",
     flama_sk_load_forest_classifier},
    {"sklearn.ensemble._forest", "RandomForestRegressor",
     flama_sk_load_forest_regressor},
    {"sklearn.ensemble._forest", "ExtraTreesClassifier",
     flama_sk_load_forest_classifier},
    {"sklearn.ensemble._forest", "ExtraTreesRegressor", flama_sk_load_forest_regressor},

    /* isolation_forest.c */
    {"sklearn.ensemble._iforest", "IsolationForest", flama_sk_load_isolation_forest},

    /* gradient_boosting.c */
    {"sklearn.ensemble._gb", "GradientBoostingClassifier",
     flama_sk_load_boosting_classifier},
    {"sklearn.ensemble._gb", "GradientBoostingRegressor",
     flama_sk_load_boosting_regressor},

    /* hist_gradient_boosting.c */
    {"sklearn.ensemble._hist_gradient_boosting.gradient_boosting",
     "HistGradientBoostingClassifier", flama_sk_load_hist_classifier},
    {"sklearn.ensemble._hist_gradient_boosting.gradient_boosting",
     "HistGradientBoostingRegressor", flama_sk_load_hist_regressor},

    /* adaboost.c */
    {"sklearn.ensemble._weight_boosting", "AdaBoostClassifier",
     flama_sk_load_adaboost_classifier},
    {"sklearn.ensemble._weight_boosting", "AdaBoostRegressor",
     flama_sk_load_adaboost_regressor},

    /* bagging.c */
    {"sklearn.ensemble._bagging", "BaggingClassifier",
     flama_sk_load_bagging_classifier},
    {"sklearn.ensemble._bagging", "BaggingRegressor", flama_sk_load_bagging_regressor},
    /* neighbors.c */
    {"sklearn.neighbors._classification", "KNeighborsClassifier",
     flama_sk_load_k_neighbors_classifier},
    {"sklearn.neighbors._classification", "RadiusNeighborsClassifier",
     flama_sk_load_radius_neighbors_classifier},
    {"sklearn.neighbors._regression", "KNeighborsRegressor",
     flama_sk_load_neighbors_regressor},
    {"sklearn.neighbors._regression", "RadiusNeighborsRegressor",
     flama_sk_load_neighbors_regressor},

    /* nearest_centroid.c */
    {"sklearn.neighbors._nearest_centroid", "NearestCentroid",
     flama_sk_load_nearest_centroid},

    /* local_outlier_factor.c */
    {"sklearn.neighbors._lof", "LocalOutlierFactor",
     flama_sk_load_local_outlier_factor},

    /* svm.c */
    {"sklearn.svm._classes", "SVC", flama_sk_load_svm_classifier},
    {"sklearn.svm._classes", "NuSVC", flama_sk_load_svm_classifier},
    {"sklearn.svm._classes", "SVR", flama_sk_load_svm_regressor},
    {"sklearn.svm._classes", "NuSVR", flama_sk_load_svm_regressor},
    {"sklearn.svm._classes", "OneClassSVM", flama_sk_load_one_class_svm},

    /* function_transformer.c */
    {"sklearn.preprocessing._function_transformer", "FunctionTransformer",
     flama_sk_load_function_transformer},

    /* voting.c, stacking.c */
    {"sklearn.ensemble._voting", "VotingClassifier", flama_sk_load_voting_classifier},
    {"sklearn.ensemble._voting", "VotingRegressor", flama_sk_load_voting_regressor},
    {"sklearn.ensemble._stacking", "StackingClassifier",
     flama_sk_load_stacking_classifier},
    {"sklearn.ensemble._stacking", "StackingRegressor",
     flama_sk_load_stacking_regressor},

    /* compose.c */
    {"sklearn.compose._column_transformer", "ColumnTransformer",
     flama_sk_load_column_transformer},
    {"sklearn.pipeline", "FeatureUnion", flama_sk_load_feature_union},

    /* calibrated.c, threshold.c */
    {"sklearn.calibration", "CalibratedClassifierCV", flama_sk_load_calibrated},
    {"sklearn.calibration", "_SigmoidCalibration", flama_sk_load_sigmoid_calibration},
    {"sklearn.model_selection._classification_threshold", "FixedThresholdClassifier",
     flama_sk_load_fixed_threshold},
    {"sklearn.model_selection._classification_threshold", "TunedThresholdClassifierCV",
     flama_sk_load_tuned_threshold},

    /* multiclass.c */
    {"sklearn.multiclass", "OneVsRestClassifier", flama_sk_load_one_vs_rest},
    {"sklearn.multiclass", "OneVsOneClassifier", flama_sk_load_one_vs_one},
    {"sklearn.multiclass", "OutputCodeClassifier", flama_sk_load_output_code},
    {"sklearn.multiclass", "_ConstantPredictor", flama_sk_load_constant},

    /* multi_output.c */
    {"sklearn.multioutput", "MultiOutputClassifier",
     flama_sk_load_multi_output_classifier},
    {"sklearn.multioutput", "MultiOutputRegressor",
     flama_sk_load_multi_output_regressor},
    {"sklearn.multioutput", "ClassifierChain", flama_sk_load_classifier_chain},
    {"sklearn.multioutput", "RegressorChain", flama_sk_load_regressor_chain},

    /* transformed_target.c */
    {"sklearn.compose._target", "TransformedTargetRegressor",
     flama_sk_load_transformed_target},

    /* select_model.c */
    {"sklearn.feature_selection._rfe", "RFE", flama_sk_load_elimination},
    {"sklearn.feature_selection._rfe", "RFECV", flama_sk_load_elimination},
    {"sklearn.feature_selection._sequential", "SequentialFeatureSelector",
     flama_sk_load_sequential_selector},
    {"sklearn.feature_selection._from_model", "SelectFromModel",
     flama_sk_load_select_from_model},

    /* delegate.c */
    {"sklearn.model_selection._search", "GridSearchCV", flama_sk_load_search},
    {"sklearn.model_selection._search", "RandomizedSearchCV", flama_sk_load_search},
    {"sklearn.model_selection._search_successive_halving", "HalvingGridSearchCV",
     flama_sk_load_search},
    {"sklearn.model_selection._search_successive_halving", "HalvingRandomSearchCV",
     flama_sk_load_search},
    {"sklearn.frozen._frozen", "FrozenEstimator", flama_sk_load_frozen},
    {"sklearn.semi_supervised._self_training", "SelfTrainingClassifier",
     flama_sk_load_self_training},

    /* pipeline.c */
    {"sklearn.pipeline", "Pipeline", flama_sk_load_pipeline},
};

enum { ESTIMATORS = sizeof estimators / sizeof *estimators };

static bool same(const char *text, flama_string s)
{
    return strlen(text) == s.size && memcmp(text, s.data, s.size) == 0;
}

const void *flama_sk_class_find(const void *ctx, flama_string module, flama_string name)
{
    (void)ctx;
    for (size_t i = 0; i < ESTIMATORS; i++)
        if (same(estimators[i].name, name) && same(estimators[i].module, module))
            return &estimators[i];
    for (const flama_sk_class *c = flama_sk_data; c->name; c++)
        if (same(c->name, name) && same(c->module, module))
            return c;
    return NULL;
}

const flama_sk_class *flama_sk_class_at(size_t i)
{
    return i < ESTIMATORS ? &estimators[i] : NULL;
}
