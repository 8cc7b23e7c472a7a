#include "engine/sklearn/special.h"

#include <math.h>

double flama_sk_digamma(double x)
{
    double below = 0;
    if (!(x > 0))
        return NAN;
    for (; x < 10; x++)
        below += 1 / x;
    double y = 1 / (x * x);
    /* Bernoulli numbers over 2k: the asymptotic series, 6.3.18 of Abramowitz and
     * Stegun. */
    double series =
        y *
        (1. / 12 -
         y * (1. / 120 -
              y * (1. / 252 - y * (1. / 240 - y * (1. / 132 - y * (691. / 32760 -
                                                                   y * (1. / 12)))))));
    return log(x) - 0.5 / x - series - below;
}

static const double epsilon = 0x1p-53;
enum { MAX_STEPS = 100000 };

/* 1 / gamma(1 + mu) and 1 / gamma(1 - mu), and what Temme calls gamma_1 and gamma_2,
 * for |mu| <= 1/2. */
static void temme_gammas(double mu, double *plus, double *minus, double *g1, double *g2)
{
    *plus = 1 / tgamma(1 + mu);
    *minus = 1 / tgamma(1 - mu);
    *g2 = (*minus + *plus) / 2;
    if (fabs(mu) > 1e-3) {
        *g1 = (*minus - *plus) / (2 * mu);
        return;
    }
    /* The difference cancels: from the series of 1 / gamma, 6.1.34 of the same. */
    double m2 = mu * mu;
    *g1 = -0.5772156649015328606 +
          m2 * (0.0420026350340952355 +
                m2 * (0.0421977345555443367 - m2 * 0.0072189432466630995));
}

/* K of orders mu and mu + 1 by Temme's series: 0 < x <= 2. */
static void series(double mu, double x, double *k, double *k1)
{
    double plus, minus, g1, g2;
    temme_gammas(mu, &plus, &minus, &g1, &g2);
    double angle = M_PI * mu, d = -log(x / 2), e = mu * d;
    double ratio = fabs(angle) < epsilon ? 1 : angle / sin(angle);
    double sinh_ratio = fabs(e) < epsilon ? 1 : sinh(e) / e;
    double f = ratio * (g1 * cosh(e) + g2 * sinh_ratio * d);
    double p = exp(e) / (2 * plus), q = exp(-e) / (2 * minus);
    double c = 1, sum = f, sum1 = p;
    for (int i = 1; i < MAX_STEPS; i++) {
        f = (i * f + p + q) / (i * i - mu * mu);
        c *= x * x / 4 / i;
        p /= i - mu;
        q /= i + mu;
        sum += c * f;
        sum1 += c * (p - i * f);
        if (fabs(c * f) < fabs(sum) * epsilon)
            break;
    }
    *k = sum;
    *k1 = sum1 * 2 / x;
}

/* The same by Steed's continued fraction: x > 2. */
static void fraction(double mu, double x, double *k, double *k1)
{
    double b = 2 * (1 + x), d = 1 / b, h = d, delta = d;
    double q1 = 0, q2 = 1, a1 = 0.25 - mu * mu, q = a1, c = a1, a = -a1;
    double s = 1 + q * delta;
    for (int i = 2; i < MAX_STEPS; i++) {
        a -= 2 * (i - 1);
        c = -a * c / i;
        double next = (q1 - b * q2) / a;
        q1 = q2;
        q2 = next;
        q += c * next;
        b += 2;
        d = 1 / (b + a * d);
        delta = (b * d - 1) * delta;
        h += delta;
        double more = q * delta;
        s += more;
        if (fabs(more) < fabs(s) * epsilon)
            break;
    }
    h = a1 * h;
    *k = sqrt(M_PI / (2 * x)) * exp(-x) / s;
    *k1 = *k * (mu + x + 0.5 - h) / x;
}

double flama_sk_bessel_k(double nu, double x)
{
    double whole = floor(nu + 0.5), mu = nu - whole, k, k1;
    if (!(x > 0) || !(nu >= 0) || whole > MAX_STEPS)
        return NAN;
    if (x <= 2)
        series(mu, x, &k, &k1);
    else
        fraction(mu, x, &k, &k1);
    for (double i = 1; i <= whole; i++) {
        double next = (mu + i) * 2 / x * k1 + k;
        k = k1;
        k1 = next;
    }
    return k;
}
