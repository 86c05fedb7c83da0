//! The clients outside the cluster: started and stopped by hand, driven by the kernel.

use super::queue::Due;
use super::step::Who;
use super::world::World;
use crate::programs::client::{Client, Orders};
use std::collections::BTreeSet;

impl World {
    /// Starts a client that writes orders; its first order is due at once. Returns its place.
    pub fn start_client(&mut self, orders: Orders) -> usize {
        let place = self.clients.len();
        self.clients.push(Client::new(orders, self.now));
        self.queue.push(self.now, Due::Client(place));
        place
    }

    /// Stops the latest client of this name; returns whether there is one that runs.
    pub fn stop_client(&mut self, name: &str) -> bool {
        let now = self.now;
        let running = self.clients.iter_mut().rev();
        let mut running = running.filter(|client| *client.orders().name == *name && client.due().is_some());
        match running.next() {
            Some(client) => client.stop(now),
            None => return false,
        }
        true
    }

    /// Returns all clients, those that have stopped too.
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// Asks the database of a client which orders it holds now; the error is what the client is told.
    pub fn orders_held(&mut self, place: usize) -> Result<BTreeSet<u64>, String> {
        let client = self.clients.get(place).cloned().ok_or("there is no such client")?;
        self.on_machines(|runtime, ground| client.rows(runtime, ground))
    }

    /// Lets a client send the order that is due.
    pub(super) fn advance_client(&mut self, place: usize) {
        if self.clients.get(place).is_none_or(|client| client.due().is_none()) {
            return;
        }
        self.record(Who::Client(place as u32), 0);
        let mut clients = std::mem::take(&mut self.clients);
        let wakes = self.on_machines(|runtime, ground| clients[place].advance(runtime, ground));
        if let Some(due) = clients[place].due() {
            self.queue.push(due, Due::Client(place));
        }
        self.clients = clients;
        self.heed_machines(wakes);
    }
}
