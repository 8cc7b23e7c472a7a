/* Classes that are known and can't be served, by the reason. */
#include "engine/sklearn/families.h"

FLAMA_SK_LOAD(patch_extractor)
{
    (void)self, (void)out;
    return flama_sk_refuse(in, "takes images: a request holds rows");
}
