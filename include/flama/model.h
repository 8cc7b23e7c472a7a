/* Models: a .flm file, opened and ready to predict.
 *
 * A model is immutable once open, shared by all threads and reference counted. Which
 * engine runs it is decided when it is opened, for the whole model; a file that no
 * engine takes does not open, and the error says why. Opening runs no code of the file.
 */
#ifndef FLAMA_MODEL_H
#define FLAMA_MODEL_H

#include <flama/call.h>

FLAMA_BEGIN_DECLS

typedef struct flama_model flama_model;

/* Opens the file at `path`; the caller owns one reference. A file that is open already
 * and has not changed since is shared, not read again. 0, FLAMA_EIO (no such file,
 * unreadable), FLAMA_EFORMAT (damaged), FLAMA_EUNSUPPORTED (nothing runs it),
 * FLAMA_ELIMIT or FLAMA_EMEMORY. */
FLAMA_API int flama_model_open(flama_model **out, const char *path, flama_error *err);

FLAMA_API flama_model *flama_model_ref(flama_model *model);
FLAMA_API void flama_model_unref(flama_model *model); /* NULL is fine */

/* {"meta": {...}, "manifest": [...]} as GET on the model's path answers it. Borrowed.
 */
FLAMA_API const flama_value *flama_model_inspect(const flama_model *model);

/* The same of the file at `path`, in the arena, also when no engine runs it: only the
 * package is opened. 0 or flama_model_open's codes. */
FLAMA_API int flama_model_inspect_file(flama_arena *arena, const char *path,
                                       flama_value *out, flama_error *err);

/* The engine's name ("sklearn"). Borrowed. */
FLAMA_API const char *flama_model_engine(const flama_model *model);

/* {"engine": "sklearn", ...}: the engine and what it says of the model, in the arena,
 * borrowing from the model. 0 or FLAMA_EMEMORY. */
FLAMA_API int flama_model_describe(const flama_model *model, flama_arena *arena,
                                   flama_value *out);

/* Runs a method of the model ("predict", "predict_proba", "decision_function",
 * "transform") on `input`: rows of features for tabular models. *out is in the call's
 * arena. Any thread, several at once, a call each. 0 or the code of the call's error:
 * FLAMA_EINPUT for rows that the model can't take, FLAMA_ENOT_FOUND when it has no such
 * method. */
FLAMA_API int flama_model_run(flama_model *model, flama_call *call, const char *method,
                              const flama_value *input, const flama_value **out);

/* The same for "predict". */
FLAMA_API int flama_model_predict(flama_model *model, flama_call *call,
                                  const flama_value *input, const flama_value **out);

FLAMA_END_DECLS

#endif
