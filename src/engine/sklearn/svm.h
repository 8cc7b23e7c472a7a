/* What is common to those who read a support vector machine. */
#ifndef FLAMA_SKLEARN_SVM_H
#define FLAMA_SKLEARN_SVM_H

#include "engine/sklearn/loader.h"

/* Of `vectors` support vectors, where those of each class begin, and where the last
 * ones end; NULL on failure. */
const size_t *flama_sk_svm_starts(flama_sk_loader *in, const flama_pickle *self,
                                  size_t classes, size_t vectors);

#endif
