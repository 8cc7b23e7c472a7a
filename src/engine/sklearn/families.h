/* The load functions of all families; table.c tells which class takes which. */
#ifndef FLAMA_SKLEARN_FAMILIES_H
#define FLAMA_SKLEARN_FAMILIES_H

#include "engine/sklearn/loader.h"

#define FLAMA_SK_LOAD(family)                                                 \
    int flama_sk_load_##family(flama_sk_loader *in, const flama_pickle *self, \
                               flama_sk_estimator *out)

/* linear.c */
FLAMA_SK_LOAD(linear_regressor);
FLAMA_SK_LOAD(glm);
FLAMA_SK_LOAD(linear_classifier);
FLAMA_SK_LOAD(logistic);
FLAMA_SK_LOAD(sgd_classifier);

/* mlp.c */
FLAMA_SK_LOAD(mlp_classifier);
FLAMA_SK_LOAD(mlp_regressor);

/* naive_bayes.c */
FLAMA_SK_LOAD(gaussian_nb);
FLAMA_SK_LOAD(multinomial_nb);
FLAMA_SK_LOAD(complement_nb);
FLAMA_SK_LOAD(bernoulli_nb);
FLAMA_SK_LOAD(categorical_nb);

/* dummy.c */
FLAMA_SK_LOAD(dummy_classifier);
FLAMA_SK_LOAD(dummy_regressor);

/* kmeans.c, centres.c */
FLAMA_SK_LOAD(kmeans);
FLAMA_SK_LOAD(bisecting_kmeans);
FLAMA_SK_LOAD(mean_shift);
FLAMA_SK_LOAD(affinity_propagation);
FLAMA_SK_LOAD(birch);

/* discriminant.c, mixture.c */
FLAMA_SK_LOAD(lda);
FLAMA_SK_LOAD(qda);
FLAMA_SK_LOAD(gaussian_mixture);
FLAMA_SK_LOAD(bayesian_mixture);

/* envelope.c, isotonic.c, ransac.c */
FLAMA_SK_LOAD(elliptic_envelope);
FLAMA_SK_LOAD(sgd_one_class);
FLAMA_SK_LOAD(isotonic);
FLAMA_SK_LOAD(ransac);

/* kernel_ridge.c, gaussian_process.c, label_propagation.c */
FLAMA_SK_LOAD(kernel_ridge);
FLAMA_SK_LOAD(gaussian_process_regressor);
FLAMA_SK_LOAD(gaussian_process_classifier);
FLAMA_SK_LOAD(label_propagation);

/* scale.c */
FLAMA_SK_LOAD(standard_scaler);
FLAMA_SK_LOAD(min_max_scaler);
FLAMA_SK_LOAD(max_abs_scaler);
FLAMA_SK_LOAD(robust_scaler);
FLAMA_SK_LOAD(normalizer);
FLAMA_SK_LOAD(binarizer);

/* encoders.c */
FLAMA_SK_LOAD(one_hot_encoder);
FLAMA_SK_LOAD(ordinal_encoder);
FLAMA_SK_LOAD(target_encoder);

/* discretize.c, distribution.c, spline.c */
FLAMA_SK_LOAD(k_bins_discretizer);
FLAMA_SK_LOAD(quantile_transformer);
FLAMA_SK_LOAD(power_transformer);
FLAMA_SK_LOAD(spline_transformer);

/* impute.c */
FLAMA_SK_LOAD(simple_imputer);
FLAMA_SK_LOAD(missing_indicator);

/* knn_imputer.c, iterative_imputer.c */
FLAMA_SK_LOAD(knn_imputer);
FLAMA_SK_LOAD(iterative_imputer);

/* selection.c */
FLAMA_SK_LOAD(variance_threshold);
FLAMA_SK_LOAD(select_k_best);
FLAMA_SK_LOAD(select_percentile);
FLAMA_SK_LOAD(select_fpr);
FLAMA_SK_LOAD(select_fdr);
FLAMA_SK_LOAD(select_fwe);
FLAMA_SK_LOAD(generic_univariate_select);

/* projection.c */
FLAMA_SK_LOAD(pca);
FLAMA_SK_LOAD(components);
FLAMA_SK_LOAD(fast_ica);
FLAMA_SK_LOAD(factor_analysis);
FLAMA_SK_LOAD(sparse_pca);
FLAMA_SK_LOAD(bernoulli_rbm);
FLAMA_SK_LOAD(pls);
FLAMA_SK_LOAD(pls_svd);

/* kernel_pca.c, kernel_sampler.c, agglomerate.c */
FLAMA_SK_LOAD(kernel_centerer);
FLAMA_SK_LOAD(kernel_pca);
FLAMA_SK_LOAD(nystroem);
FLAMA_SK_LOAD(rbf_sampler);
FLAMA_SK_LOAD(skewed_chi2_sampler);
FLAMA_SK_LOAD(additive_chi2_sampler);
FLAMA_SK_LOAD(polynomial_count_sketch);
FLAMA_SK_LOAD(feature_agglomeration);

/* vectorizer.c */
FLAMA_SK_LOAD(count_vectorizer);
FLAMA_SK_LOAD(tfidf_vectorizer);
FLAMA_SK_LOAD(hashing_vectorizer);
FLAMA_SK_LOAD(tfidf_transformer);

/* topics.c */
FLAMA_SK_LOAD(latent_dirichlet);
FLAMA_SK_LOAD(nmf);
FLAMA_SK_LOAD(mini_batch_nmf);

/* manifold.c, graph.c, trees_embedding.c */
FLAMA_SK_LOAD(isomap);
FLAMA_SK_LOAD(locally_linear_embedding);
FLAMA_SK_LOAD(k_neighbors_transformer);
FLAMA_SK_LOAD(radius_neighbors_transformer);
FLAMA_SK_LOAD(trees_embedding);

/* records.c, label_encoders.c, dictionary.c, refused.c */
FLAMA_SK_LOAD(dict_vectorizer);
FLAMA_SK_LOAD(feature_hasher);
FLAMA_SK_LOAD(label_encoder);
FLAMA_SK_LOAD(label_binarizer);
FLAMA_SK_LOAD(multi_label_binarizer);
FLAMA_SK_LOAD(dictionary_learning);
FLAMA_SK_LOAD(sparse_coder);
FLAMA_SK_LOAD(patch_extractor);

/* polynomial.c */
FLAMA_SK_LOAD(polynomial);

/* decision_tree.c, forest.c, isolation_forest.c */
FLAMA_SK_LOAD(tree_classifier);
FLAMA_SK_LOAD(tree_regressor);
FLAMA_SK_LOAD(forest_classifier);
FLAMA_SK_LOAD(forest_regressor);
FLAMA_SK_LOAD(isolation_forest);

/* gradient_boosting.c, hist_gradient_boosting.c */
FLAMA_SK_LOAD(boosting_classifier);
FLAMA_SK_LOAD(boosting_regressor);
FLAMA_SK_LOAD(hist_classifier);
FLAMA_SK_LOAD(hist_regressor);

/* adaboost.c, bagging.c */
FLAMA_SK_LOAD(adaboost_classifier);
FLAMA_SK_LOAD(adaboost_regressor);
FLAMA_SK_LOAD(bagging_classifier);
FLAMA_SK_LOAD(bagging_regressor);

/* neighbors.c */
FLAMA_SK_LOAD(k_neighbors_classifier);
FLAMA_SK_LOAD(neighbors_regressor);
FLAMA_SK_LOAD(radius_neighbors_classifier);

/* nearest_centroid.c */
FLAMA_SK_LOAD(nearest_centroid);

/* local_outlier_factor.c */
FLAMA_SK_LOAD(local_outlier_factor);

/* svm.c */
FLAMA_SK_LOAD(svm_classifier);
FLAMA_SK_LOAD(svm_regressor);
FLAMA_SK_LOAD(one_class_svm);

/* function_transformer.c */
FLAMA_SK_LOAD(function_transformer);

/* voting.c */
FLAMA_SK_LOAD(voting_classifier);
FLAMA_SK_LOAD(voting_regressor);

/* stacking.c */
FLAMA_SK_LOAD(stacking_classifier);
FLAMA_SK_LOAD(stacking_regressor);

/* compose.c */
FLAMA_SK_LOAD(column_transformer);
FLAMA_SK_LOAD(feature_union);

/* calibrated.c */
FLAMA_SK_LOAD(calibrated);
FLAMA_SK_LOAD(sigmoid_calibration);

/* threshold.c */
FLAMA_SK_LOAD(fixed_threshold);
FLAMA_SK_LOAD(tuned_threshold);

/* multiclass.c */
FLAMA_SK_LOAD(one_vs_rest);
FLAMA_SK_LOAD(one_vs_one);
FLAMA_SK_LOAD(output_code);
FLAMA_SK_LOAD(constant);

/* multi_output.c */
FLAMA_SK_LOAD(multi_output_classifier);
FLAMA_SK_LOAD(multi_output_regressor);
FLAMA_SK_LOAD(classifier_chain);
FLAMA_SK_LOAD(regressor_chain);

/* transformed_target.c */
FLAMA_SK_LOAD(transformed_target);

/* select_model.c */
FLAMA_SK_LOAD(elimination);
FLAMA_SK_LOAD(sequential_selector);
FLAMA_SK_LOAD(select_from_model);

/* delegate.c */
FLAMA_SK_LOAD(search);
FLAMA_SK_LOAD(frozen);
FLAMA_SK_LOAD(self_training);

/* pipeline.c */
FLAMA_SK_LOAD(pipeline);

#endif
