"""What a monitoring system and a load balancer read."""
