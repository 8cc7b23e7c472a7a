#include "engine/sklearn/normal.h"

#include <math.h>

/* A quotient of polynomials in r, both of degree 7, coefficients from the highest; the
 * denominator's last is 1. */
static double quotient(double r, const double above[8], const double below[8])
{
    double a = above[0], b = below[0];
    for (int i = 1; i < 8; i++) {
        a = a * r + above[i];
        b = b * r + below[i];
    }
    return a / b;
}

static const double middle_above[8] = {
    2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
    4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
    1.3314166789178437745e+2, 3.3871328727963666080e0};
static const double middle_below[8] = {
    5.2264952788528545610e+3, 2.8729085735721942674e+4,
    3.9307895800092710610e+4, 2.1213794301586595867e+4,
    5.3941960214247511077e+3, 6.8718700749205790830e+2,
    4.2313330701600911252e+1, 1};
static const double near_above[8] = {
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e0,  3.64784832476320460504e0,  5.76949722146069140550e0,
    4.63033784615654529590e0,  1.42343711074968357734e0};
static const double near_below[8] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4,
    1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e0,
    2.05319162663775882187e0,  1};
static const double far_above[8] = {
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
    5.46378491116411436990e0,  6.65790464350110377720e0};
static const double far_below[8] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7,
    1.84631831751005468180e-5,  7.86869131145613259100e-4,
    1.48753612908506148525e-2,  1.36929880922735805310e-1,
    5.99832206555887937690e-1,  1};

double flama_sk_normal_quantile(double p)
{
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * quotient(0.180625 - q * q, middle_above, middle_below);
    double tail = q < 0 ? p : 1 - p;
    if (!(tail > 0))
        return tail == 0 ? copysign(INFINITY, q) : NAN;
    double r = sqrt(-log(tail));
    double far = r <= 5 ? quotient(r - 1.6, near_above, near_below)
                        : quotient(r - 5, far_above, far_below);
    return copysign(far, q);
}
