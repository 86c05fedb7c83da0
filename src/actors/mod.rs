//! The will of the cluster: controllers, scheduler and kubelets.
