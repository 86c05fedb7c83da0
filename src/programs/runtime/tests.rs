//! What a machine does with the containers that its kubelet asks for.
