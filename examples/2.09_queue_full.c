/*
 * A Queue of three in one process: empty, full, qsize; when it is full the
 * oldest item is taken out.
 *
 * The port of 2.09_queue_full.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>

static int app(mp_call *c)
{
    (void)c;
    int max = 3;
    mp_auto(mp_queue) q =
        mp_queue_new(.maxsize = max);  /* q = Queue(maxsize=max) */
    mp_print((bool)mp_queue_empty(q)); /* print(q.empty()) */
    mp_print((bool)mp_queue_full(q));  /* print(q.full()) */
    const char *peple[] = {"a", "b", "c", "d", "e", "f", "g"};
    for (int i = 0; i < 7; i++) {
        if (mp_queue_full(q)) { /* if q.full(): */
            puts("队列已满");
            char *data;
            MP_TRY(mp_queue_get(q, &data));    /* data = q.get() */
            int left = (int)mp_queue_qsize(q); /* q.qsize() */
            printf("取走了一个 %s, 还有%d 个\n", data, left);
            free(data);
        } else {
            MP_TRY(mp_queue_put(q, peple[i])); /* q.put(i) */
            puts("加入一个");
            mp_print("当前队列数量:", mp_queue_qsize(q)); /* q.qsize() */
        }
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}
