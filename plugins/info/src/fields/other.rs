//! What Tile38 tells (SERVER EXT), and what CLUSTER INFO counts: servers in front of Redis mix them into INFO.

use super::{Field, gauge};

#[rustfmt::skip]
pub(super) const OTHER: &[Field] = &[
    // Tile38
    gauge("tile38_num_collections", "tile38_num_collections_total", "Collections of objects (tile38_num_collections)."),
    gauge("tile38_num_objects", "tile38_num_objects_total", "Objects in all collections, strings included (tile38_num_objects)."),
    gauge("tile38_num_points", "tile38_num_points_total", "Points that make up the objects of all collections (tile38_num_points)."),
    gauge("tile38_num_hooks", "tile38_num_hooks_total", "Hooks, geofence channels included (tile38_num_hooks)."),
    gauge("tile38_in_memory_size", "tile38_in_memory_size_bytes", "Estimated bytes of all collections (tile38_in_memory_size)."),
    gauge("tile38_avg_point_size", "tile38_avg_item_size_bytes", "Bytes of heap for each point on average, 0 without points (tile38_avg_point_size)."),
    gauge("tile38_aof_size", "tile38_aof_size_bytes", "Bytes of the append-only file (tile38_aof_size)."),
    gauge("tile38_read_only", "tile38_read_only", "1 when the server is read-only (tile38_read_only)."),
    gauge("tile38_http_transport", "tile38_http_transport", "1 when the server serves HTTP (tile38_http_transport)."),
    gauge("tile38_max_heap_size", "tile38_max_heap_size_bytes", "Limit of the heap in bytes, 0 without a limit (tile38_max_heap_size)."),
    gauge("tile38_alloc_bytes", "tile38_mem_alloc_bytes", "Bytes that the Go runtime allocated and did not free yet (tile38_alloc_bytes)."),
    gauge("tile38_heap_alloc_bytes", "tile38_heap_size_bytes", "Bytes of heap allocated and not freed yet (tile38_heap_alloc_bytes)."),
    gauge("tile38_heap_released_bytes", "tile38_heap_released_bytes", "Bytes of heap given back to the operating system (tile38_heap_released_bytes)."),
    gauge("tile38_next_gc_bytes", "tile38_next_gc_bytes", "Bytes of heap at which garbage collection is due next (tile38_next_gc_bytes)."),
    gauge("tile38_last_gc_time_seconds", "tile38_last_gc_time_seconds", "Unix time in seconds of the last garbage collection, 0 before the first (tile38_last_gc_time_seconds)."),
    gauge("tile38_go_goroutines", "tile38_go_goroutines_total", "Goroutines of the server (tile38_go_goroutines)."),
    gauge("tile38_go_threads", "tile38_threads_total", "Threads of the operating system that the Go runtime created (tile38_go_threads)."),
    gauge("tile38_sys_cpus", "tile38_cpus_total", "CPUs that the server can use (tile38_sys_cpus)."),
    gauge("tile38_pointer_size", "tile38_pointer_size_bytes", "Bytes of a pointer, 8 on a 64-bit system (tile38_pointer_size)."),
    // Cluster
    gauge("cluster_stats_messages_sent", "cluster_messages_sent_total", "Messages sent to other nodes over the cluster bus, since the start (cluster_stats_messages_sent)."),
    gauge("cluster_stats_messages_received", "cluster_messages_received_total", "Messages received from other nodes over the cluster bus, since the start (cluster_stats_messages_received)."),
];
