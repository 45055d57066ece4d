//! The matrix' methods: every receiver, in inherent impls, traits and their impls.

use std::{borrow::Cow, future::Future, io, pin::Pin, sync::Arc};

use resmon::timed;

use super::Alias;

pub trait Shape {
    type Out;

    #[timed]
    fn area(&self) -> Result<Self::Out, String> {
        Err("no area".to_owned())
    }

    #[timed]
    fn perimeter(&self) -> u32 {
        4
    }

    fn edges(&self) -> Self::Out;
}

#[derive(Debug, Default, Clone)]
pub struct Square<'a, T: ?Sized, const N: usize> {
    pub name: Cow<'a, str>,
    pub inner: Arc<[u8]>,
    pub marker: std::marker::PhantomData<T>,
}

impl<'a, T: ?Sized, const N: usize> Shape for Square<'a, T, N> {
    type Out = [u8; N];

    #[timed]
    fn edges(&self) -> Self::Out {
        [0; N]
    }
}

impl<'a, T: ?Sized, const N: usize> Square<'a, T, N> {
    #[timed]
    pub fn by_value(self) -> Result<Self, String> {
        Ok(self)
    }

    #[timed]
    pub fn by_mut(&mut self) -> io::Result<&mut Cow<'a, str>> {
        Ok(&mut self.name)
    }

    #[timed]
    pub fn by_box(self: Box<Self>) -> Option<Arc<[u8]>> {
        Some(self.inner)
    }

    #[timed]
    pub fn by_arc(self: Arc<Self>) -> Alias<Arc<[u8]>> {
        Ok(Arc::clone(&self.inner))
    }

    #[timed]
    pub fn by_pin(self: Pin<&mut Self>) -> Result<usize, ()> {
        Ok(self.name.len())
    }

    #[timed]
    pub fn borrowed(&self) -> Result<&str, Box<dyn std::error::Error>> {
        Ok(&self.name)
    }

    #[timed]
    pub fn named<'b>(&'b self, other: &'b str) -> Result<&'b str, &'b str>
    where
        'a: 'b,
    {
        if other.is_empty() { Err(other) } else { Ok(other) }
    }

    #[timed]
    pub fn mut_self(mut self) -> Alias<Self> {
        self.name = Cow::Borrowed("changed");
        Ok(self)
    }

    #[timed]
    pub async fn async_ref(&self) -> Result<&str, ()> {
        std::future::ready(()).await;
        Ok(&self.name)
    }

    #[timed]
    pub async fn async_mut_self(mut self) -> Self {
        std::future::ready(()).await;
        self.name = Cow::Borrowed("changed");
        self
    }

    #[timed]
    pub fn opaque(&self) -> impl Future<Output = Result<&str, String>> + Send + use<'_, 'a, T, N>
    where
        T: Send + Sync,
    {
        async move { Ok(&*self.name) }
    }
}

pub trait Fetch {
    fn fetch(&self, id: u8) -> impl Future<Output = Alias<u8>> + Send;

    #[timed]
    fn fetch_first(&self) -> impl Future<Output = Alias<u8>> + Send
    where
        Self: Sync,
    {
        async move { self.fetch(1).await }
    }
}

impl Fetch for u8 {
    #[timed]
    async fn fetch(&self, id: u8) -> Alias<u8> {
        Ok(*self + id)
    }
}

impl Fetch for u16 {
    #[timed]
    fn fetch(&self, id: u8) -> impl Future<Output = Alias<u8>> + Send {
        std::future::ready(Ok(id))
    }
}
