#include <stdio.h>

#include <flama.h>

int main(void)
{
    printf("Flama %s\n", flama_version());
    return 0;
}
