"""A machine with a real Linux kernel, made of Debian packages: fetched, unpacked, booted.

``cache.get`` returns a kernel and its first root. Where they are not kept, ``apt`` fetches the
packages of ``recipe``, ``initramfs`` puts programs, the libraries that ``elf`` finds and the
modules that ``modules`` finds into an archive of ``cpio``. ``boot.prepare`` adds the keys of
``identity``, so that the host key is known before qemu/machine.py boots it.
"""
