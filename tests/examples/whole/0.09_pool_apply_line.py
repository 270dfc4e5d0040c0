# po.apply(worker, (i,)), which waits, in a program that shows it.
from multiprocessing import Pool
import os
import time


def worker(msg):
    print("%s开始执行，进程号%d" % (msg, os.getpid()))
    time.sleep(1)
    print("%s执行完毕" % msg)


po = Pool(3)
print('---start---')
for i in range(3):
    po.apply(worker, (i,))
    print('---%d---' % i)
po.close()
po.join()
print('---end---')
