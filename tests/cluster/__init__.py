"""Three NATS nodes that are killed, paused and cut off while events flow."""
