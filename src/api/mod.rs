//! Kubernetes objects as plain data: no time, chance or I/O.
