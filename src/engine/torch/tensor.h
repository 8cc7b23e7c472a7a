/* Tensors as a graph's nodes see them: an element type, sizes and strides over a
 * storage that several tensors may share. They own nothing. */
#ifndef FLAMA_TORCH_TENSOR_H
#define FLAMA_TORCH_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLAMA_PT_RANK = 8 };

/* name, torch's name, bytes, number in an archive (torch's export schema) */
#define FLAMA_PT_DTYPES(X)  \
    X(U8, "uint8", 1, 1)    \
    X(I8, "int8", 1, 2)     \
    X(I16, "int16", 2, 3)   \
    X(I32, "int32", 4, 4)   \
    X(I64, "int64", 8, 5)   \
    X(F16, "float16", 2, 6) \
    X(F32, "float32", 4, 7) \
    X(F64, "float64", 8, 8) \
    X(BOOL, "bool", 1, 12)  \
    X(BF16, "bfloat16", 2, 13)

#define FLAMA_PT_ENUM_(name, text, bytes, number) FLAMA_PT_##name,
typedef enum flama_pt_dtype {
    FLAMA_PT_DTYPES(FLAMA_PT_ENUM_) FLAMA_PT_DTYPE_COUNT
} flama_pt_dtype;

/* Sizes, strides and offset count elements; data is at the offset, NULL while only
 * shapes are worked out. `storage` numbers what it lies in (plan.h). */
typedef struct flama_pt_tensor {
    flama_pt_dtype dtype;
    size_t rank;
    int64_t sizes[FLAMA_PT_RANK];
    int64_t strides[FLAMA_PT_RANK];
    int64_t count;
    int64_t offset;
    size_t storage;
    void *data;
    uint8_t *origin; /* of a constant: its storage, and the bytes there */
    size_t extent;
} flama_pt_tensor;

size_t flama_pt_dtype_size(flama_pt_dtype dtype);
const char *flama_pt_dtype_name(flama_pt_dtype dtype);

/* The type of that number in an archive; false for one that is not known. */
bool flama_pt_dtype_of(int64_t number, flama_pt_dtype *out);

/* The other way round. */
int64_t flama_pt_dtype_number(flama_pt_dtype dtype);

bool flama_pt_is_float(flama_pt_dtype dtype);

/* The type both fit in, by torch's rules. */
flama_pt_dtype flama_pt_promote(flama_pt_dtype a, flama_pt_dtype b);

/* Sets count and row-major strides of the sizes; false when the count is beyond what
 * any memory holds, or a size is negative. */
bool flama_pt_pack_strides(flama_pt_tensor *tensor);

bool flama_pt_is_contiguous(const flama_pt_tensor *tensor);

/* The elements, read from a storage of `bytes`, all lie in it. */
bool flama_pt_fits(const flama_pt_tensor *tensor, size_t bytes);

/* One element, at `at` elements from data; as a double or an integer. */
double flama_pt_get(const flama_pt_tensor *tensor, int64_t at);
int64_t flama_pt_get_int(const flama_pt_tensor *tensor, int64_t at);

/* n elements `stride` apart into out, and back. Numbers that are not whole lose their
 * fraction, integers wrap, as torch converts. */
void flama_pt_read_f32(flama_pt_dtype from, const void *data, int64_t stride, size_t n,
                       float *out);
void flama_pt_read_f64(flama_pt_dtype from, const void *data, int64_t stride, size_t n,
                       double *out);
void flama_pt_read_i64(flama_pt_dtype from, const void *data, int64_t stride, size_t n,
                       int64_t *out);
void flama_pt_write_f32(flama_pt_dtype to, void *data, int64_t stride, size_t n,
                        const float *in);
void flama_pt_write_f64(flama_pt_dtype to, void *data, int64_t stride, size_t n,
                        const double *in);
void flama_pt_write_i64(flama_pt_dtype to, void *data, int64_t stride, size_t n,
                        const int64_t *in);

#endif
